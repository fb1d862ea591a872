kubectl delete cronjob --all
kubectl delete job --all
sleep 3
