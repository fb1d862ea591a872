kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Pod
metadata: {name: worker}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: busybox
    image: busybox
    command: [sh, -c, 'sleep 15; touch /tmp/ready; sleep 1000000']
    livenessProbe:
      exec: {command: [cat, /tmp/ready]}
      periodSeconds: 2
      failureThreshold: 2
EOF
