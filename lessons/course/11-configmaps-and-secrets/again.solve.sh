kubectl rollout restart deployment/app
kubectl rollout status deployment/app --timeout=120s
sleep 3
