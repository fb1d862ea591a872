[ "$(kubectl get pod vault -o jsonpath='{.status.phase}' 2>/dev/null)" = Running ] || { say "vault가 아직 실행되지 않습니다." "vault does not run yet."; exit 1; }
[ "$(kubectl exec vault -- cat /etc/keys/token)" = open-sesame ] && exit 0
say "vault는 실행되지만 /etc/keys/token의 내용이 다릅니다." "vault runs, but /etc/keys/token holds something else."
exit 1
