kubectl apply -f keeper.yaml
kubectl wait --for=condition=Ready pod/keeper --timeout=60s
kubectl exec keeper -- touch /own /data/kept
kubectl delete pod keeper
kubectl apply -f keeper.yaml
kubectl wait --for=condition=Ready pod/keeper --timeout=60s
