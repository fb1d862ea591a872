kubectl expose deployment api --port=80
kubectl expose deployment site --port=80 --type=NodePort
kubectl expose deployment cache --port=80 --cluster-ip=None
sleep 2
