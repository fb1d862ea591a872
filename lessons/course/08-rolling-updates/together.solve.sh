kubectl create configmap page-2 --from-literal=index.html='Welcome, version 2'
kubectl patch deployment shop -p '{"spec":{"template":{"spec":{"volumes":[{"name":"page","configMap":{"name":"page-2"}}]}}}}'
kubectl rollout status deployment/shop --timeout=120s
sleep 3
