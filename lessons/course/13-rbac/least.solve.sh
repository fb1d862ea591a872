kubectl delete clusterrolebinding ci-can-everything
kubectl -n shop create role deployer --verb=get,list,watch,patch,update --resource=deployments.apps
kubectl -n shop create rolebinding deployer --role=deployer --serviceaccount=shop:ci
kubectl -n shop set image deployment/web nginx=nginx:1.28 --as=system:serviceaccount:shop:ci
