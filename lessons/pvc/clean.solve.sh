kubectl delete pvc myclaim --wait=false
kubectl delete pod mypod mypod2
sleep 2
