kubectl create deployment web --image=nginx --replicas=3
kubectl wait --for=condition=Available deployment/web --timeout=120s
