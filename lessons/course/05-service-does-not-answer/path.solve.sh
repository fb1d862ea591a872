kubectl apply -f shop.yaml
kubectl wait --for=condition=Ready pod --all --timeout=120s
sleep 3
kubectl exec client -- curl -sS http://shop
kubectl exec client -- curl -sS http://$(kubectl get pods -l app=shop -o jsonpath='{.items[0].status.podIP}')
