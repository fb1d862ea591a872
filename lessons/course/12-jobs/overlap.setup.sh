kubectl delete cronjob clock
kubectl apply -f backup.yaml
