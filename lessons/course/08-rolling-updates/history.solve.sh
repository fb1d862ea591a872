kubectl rollout undo deployment/web --to-revision=1
kubectl rollout status deployment/web --timeout=120s
