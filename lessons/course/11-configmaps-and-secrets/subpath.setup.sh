kubectl delete deployment till app
kubectl apply -f - <<'END'
apiVersion: v1
kind: ConfigMap
metadata: {name: page}
data: {index.html: "open today\n"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: site}
spec:
  selector: {matchLabels: {app: site}}
  template:
    metadata: {labels: {app: site}}
    spec:
      containers:
      - name: nginx
        image: nginx
        volumeMounts:
        - {name: page, mountPath: /usr/share/nginx/html/index.html, subPath: index.html}
      volumes:
      - name: page
        configMap: {name: page}
END
kubectl rollout status deployment/site --timeout=60s
kubectl patch configmap page -p '{"data":{"index.html":"closed today\n"}}'
