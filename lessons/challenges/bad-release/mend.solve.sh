kubectl rollout undo deployment/store
kubectl rollout status deployment/store --timeout=120s
