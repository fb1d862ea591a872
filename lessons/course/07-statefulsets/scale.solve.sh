kubectl scale statefulset db --replicas=1
kubectl wait --for=delete pod/db-1 --timeout=60s
