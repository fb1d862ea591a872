kubectl patch deployment till --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/0/env/0/valueFrom/secretKeyRef/key","value":"password"}]'
kubectl rollout status deployment/till --timeout=60s
