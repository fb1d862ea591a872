kubectl patch deployment web -p '{"spec":{"strategy":{"rollingUpdate":{"maxUnavailable":0}}}}'
kubectl rollout restart deployment/web
kubectl rollout status deployment/web --timeout=120s
