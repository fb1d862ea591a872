kubectl get pod worker -o yaml | sed 's/    livenessProbe:/    livenessProbe:\n      initialDelaySeconds: 20/; /^  nodeName/d; /resourceVersion:/d; /uid:/d; /^status:/,$d' > worker.yaml
kubectl delete pod worker
kubectl apply -f worker.yaml
sleep 40
