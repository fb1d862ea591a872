kubectl create cronjob clock --image=busybox --schedule='* * * * *' -- date
kubectl create job now --from=cronjob/clock
kubectl wait --for=condition=Complete job/now --timeout=60s
kubectl patch cronjob clock -p '{"spec":{"suspend":true}}'
