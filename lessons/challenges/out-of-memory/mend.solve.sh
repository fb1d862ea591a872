kubectl set resources deployment stress --limits=memory=100Mi
kubectl rollout status deployment/stress --timeout=120s
sleep 20
