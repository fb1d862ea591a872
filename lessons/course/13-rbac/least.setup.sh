kubectl -n shop delete pod web --now
kubectl -n shop create deployment web --image=nginx:1.27
kubectl -n shop create serviceaccount ci
kubectl create clusterrolebinding ci-can-everything --clusterrole=cluster-admin --serviceaccount=shop:ci
