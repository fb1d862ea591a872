[ "$(kubectl get pod api -o jsonpath='{.status.containerStatuses[0].ready}' 2>/dev/null)" = true ] || { echo "api does not run yet."; exit 1; }
[ "$(kubectl exec api -- printenv COLOR)" = blue ] && exit 0
echo "api runs, but its COLOR is not blue."
exit 1
