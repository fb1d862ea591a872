curl -s -m 5 $(kubectl get pod -l app=nginx -o jsonpath='{.items[0].status.podIP}')
ping -c 1 $(kubectl get pod -l app=nginx -o jsonpath='{.items[0].status.podIP}')
