for n in shop office bank; do kubectl create namespace $n; kubectl -n $n run web --image=nginx; done
kubectl -n bank create secret generic safe --from-literal=password=swordfish
