kubectl label $(kubectl get pods -l app=web -o name | head -1) app-
sleep 2
kubectl delete deployment web
kubectl wait --for=delete pod -l app=web --timeout=60s
