kubectl delete $(kubectl get pod -l app=nginx -o name | head -1)
kubectl wait --for=condition=Available deployment/nginx-deployment --timeout=120s
sleep 3
curl -s $(minikube ip):$(kubectl get service my-nginx -o jsonpath='{.spec.ports[0].nodePort}')
