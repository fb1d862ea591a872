kubectl apply -f teams.yaml
kubectl wait --for=condition=Ready pod --all --timeout=120s
sleep 2
kubectl exec client -- curl -s http://web
