kubectl patch configmap settings -p '{"data":{"COLOR":"blue"}}'
sleep 120
