kubectl apply -f - <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata: {name: old-settings, finalizers: [example.com/backup]}
data: {color: green}
EOF
kubectl delete configmap old-settings --wait=false
