kubectl delete pod mypod
