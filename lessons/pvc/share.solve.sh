sed 's/name: mypod/name: mypod2/' pod-pvc.yaml > pod2.yaml
kubectl apply -f pod2.yaml
kubectl wait --for=condition=Ready pod/mypod2 --timeout=120s
kubectl exec mypod2 -- ls /var/www/html
