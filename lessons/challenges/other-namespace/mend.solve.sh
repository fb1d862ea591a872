kubectl create service externalname cache --external-name=cache.data.svc.cluster.local
