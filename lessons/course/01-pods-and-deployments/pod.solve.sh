kubectl run hello --image=nginx
kubectl wait --for=condition=Ready pod/hello --timeout=120s
