running=$(kubectl get pod worker -o jsonpath='{.status.phase}/{.status.containerStatuses[0].restartCount}' 2>/dev/null)
[ "${running%/*}" = Running ] || { echo "worker does not run."; exit 1; }
kubectl exec worker -- cat /tmp/ready 2>/dev/null || { echo "worker has not come to the end of its start."; exit 1; }
[ "${running#*/}" = 0 ] && exit 0
echo "worker has restarted ${running#*/} times."
exit 1
