kubectl create namespace shop
kubectl -n shop create configmap page --from-literal=index.html='Good morning'
