kubectl create namespace office
kubectl apply -n office -f - <<'END'
apiVersion: apps/v1
kind: Deployment
metadata: {name: robot}
spec:
  selector: {matchLabels: {app: robot}}
  template:
    metadata: {labels: {app: robot}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: curl
        image: curlimages/curl
        env: [{name: SHOP_URL, value: "http://shop"}]
        command: [sh, -c, 'while true; do curl -sS -m 3 -o /dev/null $SHOP_URL && echo fine; sleep 5; done']
END
kubectl -n office rollout status deployment/robot --timeout=60s
