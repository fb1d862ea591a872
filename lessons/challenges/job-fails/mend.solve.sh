kubectl delete job count
kubectl create job count --image=busybox -- expr 1 + 2 + 3 + 4 + 5
kubectl wait --for=condition=Complete job/count --timeout=120s
