kubectl scale statefulset db --replicas=3
kubectl rollout status statefulset/db --timeout=120s
kubectl set image statefulset/db nginx=nginx:1.27-typo
