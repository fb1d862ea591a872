kubectl create job hello --image=busybox -- echo "hello"
kubectl wait --for=condition=Complete job/hello --timeout=60s
kubectl delete deployment once --ignore-not-found
