sed -i 's/cpu: "4"/cpu: 500m/' hungry.yaml
kubectl delete pod hungry --ignore-not-found
kubectl apply -f hungry.yaml
kubectl wait --for=condition=Ready pod/hungry --timeout=60s
