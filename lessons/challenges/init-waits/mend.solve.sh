kubectl expose deployment db --port=6379
kubectl wait --for=condition=Ready pod/shop --timeout=120s
