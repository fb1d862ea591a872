sed -i '/dnsPolicy/d' asker.yaml
kubectl delete pod asker --ignore-not-found --now
kubectl apply -f asker.yaml
kubectl wait --for=condition=Ready pod/asker --timeout=60s
