kubectl delete service web web-node web-lb web-each store
for app in api site cache; do kubectl create deployment $app --image=nginx --replicas=2; done
for app in api site cache; do kubectl rollout status deployment/$app --timeout=120s; done
