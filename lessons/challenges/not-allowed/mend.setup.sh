kubectl create serviceaccount watcher
kubectl create role pod-reader --verb=get,list,watch --resource=pods
kubectl create rolebinding watcher-reads --role=pod-reader --serviceaccount=default:watchers
