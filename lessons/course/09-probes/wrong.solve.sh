kubectl patch deployment app --type=json -p '[{"op":"move","from":"/spec/template/spec/containers/0/livenessProbe","path":"/spec/template/spec/containers/0/readinessProbe"}]'
sleep 20
