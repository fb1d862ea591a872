kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Pod
metadata: {name: mining}
spec:
  containers:
  - name: busybox
    image: busybox
    command: [sleep, infinity]
    resources: {requests: {cpu: 64}}
EOF
