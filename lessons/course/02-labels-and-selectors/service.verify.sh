have=$(kubectl get endpointslices -l kubernetes.io/service-name=shop -o jsonpath='{.items[*].endpoints[*].targetRef.name}' | tr ' ' '\n' | sort | xargs)
[ "$have" = "shop-1 shop-2" ] && exit 0
say "Service shop 뒤에 있는 Pod: ${have:-없음}" "Behind the Service shop: ${have:-none}"
exit 1
