kubectl delete pod mining
kubectl run mining --image=busybox --command -- sleep infinity
kubectl wait --for=condition=Ready pod/mining --timeout=120s
