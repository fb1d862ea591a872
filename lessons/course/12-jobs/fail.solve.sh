sed -i 's|/etc/hostnam\]|/etc/hostname]|' report.yaml
kubectl delete job report --ignore-not-found
kubectl apply -f report.yaml
kubectl wait --for=condition=Complete job/report --timeout=60s
