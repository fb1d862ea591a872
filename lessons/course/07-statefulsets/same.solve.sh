kubectl exec db-1 -- sh -c 'hostname > /tmp/me; hostname > /data/me'
kubectl delete pod db-1
sleep 3
kubectl wait --for=condition=Ready pod/db-1 --timeout=60s
