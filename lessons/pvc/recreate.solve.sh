kubectl apply -f pod-pvc.yaml
kubectl wait --for=condition=Ready pod/mypod --timeout=120s
kubectl exec mypod -- ls / /var/www/html
