kubectl patch configmap api-settings -p '{"data":{"colour":"blue"}}'
kubectl wait --for=condition=Ready pod/api --timeout=120s
