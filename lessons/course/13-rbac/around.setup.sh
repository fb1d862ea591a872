kubectl -n bank create serviceaccount clerk
kubectl -n bank create role worker --verb=create,get,list,delete --resource=pods
kubectl -n bank create role logs --verb=get --resource=pods/log
kubectl -n bank create rolebinding worker --role=worker --serviceaccount=bank:clerk
kubectl -n bank create rolebinding logs --role=logs --serviceaccount=bank:clerk
cat > borrow.yaml <<'END'
apiVersion: v1
kind: Pod
metadata: {name: borrow, namespace: bank}
spec:
  restartPolicy: Never
  containers:
  - name: look
    image: busybox
    command: [printenv, PASSWORD]
    env:
    - name: PASSWORD
      value: "???"
END
