kubectl apply -f shop.yaml
kubectl rollout restart deployment/shop
kubectl rollout status deployment/shop --timeout=120s
sleep 3
