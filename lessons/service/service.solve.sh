kubectl apply -f service.yaml
sleep 1
