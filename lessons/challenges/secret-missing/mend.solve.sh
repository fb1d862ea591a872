kubectl create secret generic vault-keys --from-literal=token=open-sesame
kubectl wait --for=condition=Ready pod/vault --timeout=300s
