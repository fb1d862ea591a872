kubectl taint node minikube maintenance-
kubectl label node minikube disk=ssd
kubectl wait --for=condition=Ready pod/report --timeout=120s
