kubectl delete pod pay-1 --now
kubectl create deployment pay --image=nginx --replicas=2
kubectl expose deployment pay --port=80
kubectl run debug --image=busybox --labels=app=pay --command -- sleep infinity
kubectl wait --for=condition=Ready pod -l app=pay --timeout=60s
