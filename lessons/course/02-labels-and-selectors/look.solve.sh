kubectl apply -f pods.yaml
kubectl wait --for=condition=Ready pod --all --timeout=120s
