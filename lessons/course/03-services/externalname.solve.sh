kubectl create service externalname store --external-name=shop.example.com
kubectl patch service store -p '{"spec":{"externalName":"web.default.svc.cluster.local"}}'
