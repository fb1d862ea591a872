kubectl patch deployment slow -p '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","startupProbe":{"httpGet":{"path":"/","port":80},"periodSeconds":5,"failureThreshold":12}}]}}}}'
kubectl rollout status deployment/slow --timeout=120s
sleep 45
