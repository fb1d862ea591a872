kubectl uncordon minikube
sed -i -e 's/requiredDuring/preferredDuring/' -e 's/- topologyKey: kubernetes.io\/hostname/- weight: 100\n            podAffinityTerm:\n              topologyKey: kubernetes.io\/hostname/' -e 's/^            labelSelector: /              labelSelector: /' pair.yaml
kubectl delete deployment pair --ignore-not-found
kubectl apply -f pair.yaml
kubectl rollout status deployment/pair --timeout=120s
