kubectl apply -f parcels.yaml
kubectl patch job parcels -p '{"spec":{"parallelism":3}}'
kubectl wait --for=condition=Complete job/parcels --timeout=300s
