sed -i 's/fast/standard/' photos.yaml
kubectl delete pvc photos --ignore-not-found
kubectl apply -f photos.yaml
sleep 3
