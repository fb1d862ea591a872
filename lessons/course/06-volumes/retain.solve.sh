kubectl patch pv $(kubectl get pvc data -o jsonpath='{.spec.volumeName}') -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
kubectl delete pod/keeper pvc/data
sed "s/VOLUME/$(kubectl get pv -o jsonpath='{.items[?(@.status.phase=="Released")].metadata.name}')/" back.yaml | kubectl apply -f -
kubectl patch pv $(kubectl get pvc back -o jsonpath='{.spec.volumeName}') --type=json -p '[{"op":"remove","path":"/spec/claimRef"}]'
sleep 20
