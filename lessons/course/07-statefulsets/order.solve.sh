kubectl apply -f db.yaml
kubectl rollout status statefulset/db --timeout=120s
kubectl wait --for=condition=Ready pod/client --timeout=60s
