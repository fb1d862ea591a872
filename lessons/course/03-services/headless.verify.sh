ip=$(kubectl get service web-each -o jsonpath='{.spec.clusterIP}' 2>/dev/null)
[ -n "$ip" ] || { say "Service web-each가 아직 없습니다." "There is no Service web-each yet."; exit 1; }
[ "$ip" = None ] || { say "web-each의 ClusterIP가 $ip입니다. None이어야 합니다." "The ClusterIP of web-each is $ip, and should be None."; exit 1; }
found=$(kubectl exec client -- dig +short web-each.default.svc.cluster.local | wc -l)
[ "$found" = 3 ] && exit 0
say "DNS가 알려 준 주소: ${found}개" "DNS gives $found addresses."
exit 1
