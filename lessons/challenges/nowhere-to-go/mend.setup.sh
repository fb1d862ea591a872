kubectl taint node minikube maintenance=true:NoSchedule
kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Pod
metadata: {name: report}
spec:
  nodeSelector: {disk: ssd}
  containers: [{name: busybox, image: busybox, command: [sleep, infinity]}]
EOF
