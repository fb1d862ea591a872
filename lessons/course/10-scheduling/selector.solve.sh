kubectl apply -f fast.yaml
kubectl label node minikube disk=ssd
kubectl wait --for=condition=Ready pod/fast --timeout=60s
kubectl label node minikube disk-
