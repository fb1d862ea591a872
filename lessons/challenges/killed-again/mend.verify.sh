running=$(kubectl get pod worker -o jsonpath='{.status.phase}/{.status.containerStatuses[0].restartCount}' 2>/dev/null)
[ "${running%/*}" = Running ] || { say "worker가 실행 중이 아닙니다." "worker does not run."; exit 1; }
kubectl exec worker -- cat /tmp/ready 2>/dev/null || { say "worker가 아직 시작을 끝내지 못했습니다." "worker has not come to the end of its start."; exit 1; }
[ "${running#*/}" = 0 ] && exit 0
say "worker가 ${running#*/}번 다시 시작했습니다." "worker has restarted ${running#*/} times."
exit 1
