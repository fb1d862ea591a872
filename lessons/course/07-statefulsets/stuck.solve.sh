kubectl set image statefulset/db nginx=nginx:1.27
sleep 2
kubectl delete pod db-2
kubectl rollout status statefulset/db --timeout=120s
