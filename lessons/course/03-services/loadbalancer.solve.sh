kubectl expose deployment web --name=web-lb --type=LoadBalancer --port=80
minikube addons enable metallb
printf '192.168.49.100\n192.168.49.110\n' | minikube addons configure metallb
sleep 15
curl -s http://$(kubectl get service web-lb -o jsonpath='{.status.loadBalancer.ingress[0].ip}')
