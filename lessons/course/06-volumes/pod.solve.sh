kubectl delete pod notes
kubectl apply -f notes.yaml
kubectl wait --for=condition=Ready pod/notes --timeout=60s
