kubectl apply -f - <<'END'
apiVersion: apps/v1
kind: Deployment
metadata: {name: till}
spec:
  selector: {matchLabels: {app: till}}
  template:
    metadata: {labels: {app: till}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: till
        image: busybox
        command: [sleep, infinity]
        env:
        - name: PASSWORD
          valueFrom: {secretKeyRef: {name: bank, key: pasword}}
END
