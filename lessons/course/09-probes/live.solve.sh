kubectl patch deployment shop --patch-file live.yaml
kubectl rollout status deployment/shop --timeout=120s
sleep 2
kubectl exec deployment/shop -- rm /usr/share/nginx/html/index.html
sleep 30
