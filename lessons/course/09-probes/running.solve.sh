kubectl apply -f shop.yaml
sed -i 's|/health|/|' ready.yaml
kubectl patch deployment shop --patch-file ready.yaml
kubectl rollout status deployment/shop --timeout=120s
