kubectl -n shop create rolebinding viewer --clusterrole=view --serviceaccount=default:robot
kubectl -n office create rolebinding viewer --clusterrole=view --serviceaccount=default:robot
