kubectl wait --for=condition=Ready pod/client --timeout=60s
kubectl exec client -- curl -s http://db-0.db
