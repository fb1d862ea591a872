kubectl patch deployment site --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/0/volumeMounts/0","value":{"name":"page","mountPath":"/usr/share/nginx/html"}}]'
kubectl rollout status deployment/site --timeout=60s
sleep 3
