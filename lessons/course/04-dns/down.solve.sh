kubectl -n kube-system scale deployment coredns --replicas=1
kubectl -n kube-system rollout status deployment/coredns --timeout=120s
