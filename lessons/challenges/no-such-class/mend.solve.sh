kubectl get pvc data -o yaml | sed '/storageClassName/s/fast/standard/' > data.yaml
kubectl get pod db -o yaml > db.yaml
kubectl delete pod db
kubectl delete pvc data
sed -i '/resourceVersion:/d; /uid:/d' data.yaml db.yaml
kubectl apply -f data.yaml -f db.yaml
kubectl wait --for=condition=Ready pod/db --timeout=120s
