kubectl apply -f pods.yaml
