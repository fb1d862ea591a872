sed -i 's/^      while true/      trap "exit 0" TERM\n      while true/' stubborn.yaml
kubectl delete pod stubborn --ignore-not-found --now
kubectl apply -f stubborn.yaml
kubectl wait --for=condition=Ready pod/stubborn --timeout=60s
