kubectl taint node minikube team=blue:NoSchedule --overwrite
kubectl run plain --image=nginx
sed -i 's/^spec:/spec:\n  tolerations: [{key: team, value: blue, effect: NoSchedule}]/' guest.yaml
kubectl delete pod guest --ignore-not-found
kubectl apply -f guest.yaml
kubectl wait --for=condition=Ready pod/guest --timeout=60s
