kubectl -n office set env deployment/robot SHOP_URL=http://shop.default
kubectl -n office rollout status deployment/robot --timeout=60s
