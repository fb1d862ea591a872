kubectl delete statefulset db
kubectl wait --for=delete pod -l app=db --timeout=60s
kubectl delete pvc --all
sleep 5
