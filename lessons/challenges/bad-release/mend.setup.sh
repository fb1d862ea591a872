kubectl create deployment store --image=nginx:1.27 --replicas=3
kubectl rollout status deployment/store --timeout=120s
kubectl set image deployment/store nginx=nginx:1.27-typo
