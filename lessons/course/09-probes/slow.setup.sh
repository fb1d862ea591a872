kubectl delete deployment shop
kubectl apply -f - <<'END'
apiVersion: apps/v1
kind: Deployment
metadata: {name: slow}
spec:
  selector: {matchLabels: {app: slow}}
  strategy: {type: Recreate}
  template:
    metadata: {labels: {app: slow}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: nginx
        image: nginx
        command: [sh, -c, 'echo "warming up"; sleep 40; echo "here we go"; exec nginx -g "daemon off;"']
        livenessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 5, failureThreshold: 3}
END
