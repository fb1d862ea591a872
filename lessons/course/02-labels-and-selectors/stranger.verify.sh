kubectl get pod debug >/dev/null 2>&1 || { say "debug가 없어졌습니다. 계속 돌아야 합니다." "debug is gone; it was to run on."; exit 1; }
have=$(kubectl get endpointslices -l kubernetes.io/service-name=pay -o jsonpath='{.items[*].endpoints[*].targetRef.name}')
case "$have" in
  *debug*) say "debug가 아직 Service pay 뒤에 있습니다." "debug is still behind the Service pay."; exit 1 ;;
  pay-*pay-*) exit 0 ;;
esac
say "Service pay 뒤에 있는 Pod: ${have:-없음}" "Behind the Service pay: ${have:-none}"
exit 1
