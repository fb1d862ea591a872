kubectl delete $(kubectl get pods -l app=web -o name | head -1)
kubectl wait --for=condition=Available deployment/web --timeout=120s
