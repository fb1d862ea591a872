kubectl create deployment db --image=redis
kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  initContainers:
  - name: wait
    image: busybox
    command: [sh, -c, 'until nslookup db.default.svc.cluster.local; do echo waiting for db; sleep 2; done']
  containers: [{name: nginx, image: nginx}]
EOF
