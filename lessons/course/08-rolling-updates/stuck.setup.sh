kubectl rollout status deployment/web --timeout=120s
kubectl set image deployment/web nginx=nginx:1.28-typo
