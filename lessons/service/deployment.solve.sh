kubectl apply -f deployment.yaml
kubectl wait --for=condition=Available deployment/nginx-deployment --timeout=120s
