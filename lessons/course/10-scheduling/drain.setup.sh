kubectl taint node minikube team-
kubectl delete pod plain guest --ignore-not-found --now
kubectl create deployment web --image=nginx --replicas=2
kubectl rollout status deployment/web --timeout=60s
