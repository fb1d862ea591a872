kubectl create deployment web --image=nginx:1.27 --replicas=4
kubectl rollout status deployment/web --timeout=120s
