kubectl create configmap api-settings --from-literal=color=blue
kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
  - name: nginx
    image: nginx
    env:
    - name: COLOR
      valueFrom: {configMapKeyRef: {name: api-settings, key: colour}}
EOF
