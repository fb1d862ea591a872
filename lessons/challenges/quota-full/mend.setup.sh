kubectl create namespace team
kubectl -n team create quota small --hard=pods=2
kubectl -n team create deployment web --image=nginx --replicas=3
