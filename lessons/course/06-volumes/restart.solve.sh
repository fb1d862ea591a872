kubectl apply -f notes.yaml
kubectl wait --for=condition=Ready pod/notes --timeout=60s
kubectl exec notes -- sh -c 'echo a > /a; echo b > /scratch/b'
kubectl exec notes -- nginx -s stop
sleep 5
