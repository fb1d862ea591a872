ip=$(kubectl get service web-lb -o jsonpath='{.status.loadBalancer.ingress[0].ip}' 2>/dev/null)
[ -n "$ip" ] && exit 0
say "web-lb에 아직 EXTERNAL-IP가 없습니다." "web-lb has no EXTERNAL-IP yet."
exit 1
