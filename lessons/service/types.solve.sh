sed -i 's/type: NodePort/type: ClusterIP/' service.yaml
kubectl apply -f service.yaml
sleep 1
curl -s -m 5 $(kubectl get service my-nginx -o jsonpath='{.spec.clusterIP}')
minikube ssh "curl -s $(kubectl get service my-nginx -o jsonpath='{.spec.clusterIP}')"
