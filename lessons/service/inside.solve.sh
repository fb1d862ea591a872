minikube ssh "curl -s $(kubectl get pod -l app=nginx -o jsonpath='{.items[0].status.podIP}')"
minikube ssh "ping -c 1 $(kubectl get pod -l app=nginx -o jsonpath='{.items[0].status.podIP}')"
