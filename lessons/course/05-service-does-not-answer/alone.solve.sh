kubectl patch service till --type=json -p '[{"op":"remove","path":"/spec/selector/tier"}]'
kubectl patch deployment till --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/0/readinessProbe/httpGet/port","value":80}]'
kubectl rollout status deployment/till --timeout=120s
sleep 3
