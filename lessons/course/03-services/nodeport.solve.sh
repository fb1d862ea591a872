kubectl expose deployment web --name=web-node --type=NodePort --port=80
sleep 2
curl -s http://$(minikube ip):$(kubectl get service web-node -o jsonpath='{.spec.ports[0].nodePort}')
