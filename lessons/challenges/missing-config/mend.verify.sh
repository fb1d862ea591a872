[ "$(kubectl get pod api -o jsonpath='{.status.containerStatuses[0].ready}' 2>/dev/null)" = true ] || { say "api가 아직 실행되지 않습니다." "api does not run yet."; exit 1; }
[ "$(kubectl exec api -- printenv COLOR)" = blue ] && exit 0
say "api는 실행되지만 COLOR가 blue가 아닙니다." "api runs, but its COLOR is not blue."
exit 1
