kubectl set image deployment/blog ngnix=nginx
kubectl rollout status deployment/blog --timeout=120s
