sed -i 's/^spec:/spec:\n  serviceAccountName: robot/' robot.yaml
kubectl delete pod robot --ignore-not-found --now
kubectl apply -f robot.yaml
kubectl wait --for=condition=Ready pod/robot --timeout=60s
