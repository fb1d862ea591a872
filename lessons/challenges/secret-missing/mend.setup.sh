kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Pod
metadata: {name: vault}
spec:
  containers:
  - name: busybox
    image: busybox
    command: [sleep, infinity]
    volumeMounts: [{name: keys, mountPath: /etc/keys}]
  volumes: [{name: keys, secret: {secretName: vault-keys}}]
EOF
