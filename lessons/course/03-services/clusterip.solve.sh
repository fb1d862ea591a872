kubectl apply -f web.yaml
kubectl wait --for=condition=Ready pod --all --timeout=120s
kubectl expose deployment web --port=80
sleep 2
kubectl exec client -- curl -s http://web
curl -sS -m 3 http://$(kubectl get service web -o jsonpath='{.spec.clusterIP}')
