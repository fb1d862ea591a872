kubectl delete deployment app db
kubectl delete service db
kubectl apply -f stubborn.yaml
kubectl wait --for=condition=Ready pod/stubborn --timeout=60s
