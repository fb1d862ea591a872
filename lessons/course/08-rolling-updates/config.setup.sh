kubectl delete deployment web
kubectl apply -f - <<'END'
apiVersion: v1
kind: ConfigMap
metadata: {name: page}
data: {index.html: "Welcome, version 1\n"}
END
kubectl apply -f shop.yaml
kubectl rollout status deployment/shop --timeout=120s
kubectl wait --for=condition=Ready pod/client --timeout=60s
kubectl create configmap page --from-literal=index.html='Welcome, version 2' --dry-run=client -o yaml | kubectl apply -f -
kubectl set image deployment/shop nginx=nginx:1.28
kubectl rollout status deployment/shop --timeout=120s
