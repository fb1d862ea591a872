curl -s $(minikube ip):$(kubectl get service my-nginx -o jsonpath='{.spec.ports[0].nodePort}')
