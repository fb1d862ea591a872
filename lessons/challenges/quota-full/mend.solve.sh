kubectl -n team patch quota small -p '{"spec":{"hard":{"pods":"5"}}}'
kubectl -n team rollout restart deployment/web
kubectl -n team rollout status deployment/web --timeout=300s
