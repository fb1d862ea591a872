kubectl apply -f app.yaml
kubectl rollout status deployment/app --timeout=120s
