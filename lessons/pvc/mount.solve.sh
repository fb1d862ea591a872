kubectl apply -f pod-pvc.yaml
kubectl wait --for=condition=Ready pod/mypod --timeout=120s
