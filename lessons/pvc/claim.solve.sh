kubectl apply -f pvc.yaml
sleep 1
