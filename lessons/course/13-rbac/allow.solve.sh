kubectl create role reader --verb=get,list --resource=pods
kubectl create rolebinding reader --role=reader --serviceaccount=default:robot
kubectl patch role reader --type=json -p '[{"op":"add","path":"/rules/0/resources/-","value":"pods/log"}]'
