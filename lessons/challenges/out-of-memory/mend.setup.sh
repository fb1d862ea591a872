kubectl apply -f - <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata: {name: stress}
spec:
  selector: {matchLabels: {app: stress}}
  template:
    metadata: {labels: {app: stress}}
    spec:
      containers:
      - name: stress
        image: polinux/stress
        command: [stress, --vm, "1", --vm-bytes, 50M, --vm-hang, "1"]
        resources: {limits: {memory: 30Mi}}
EOF
