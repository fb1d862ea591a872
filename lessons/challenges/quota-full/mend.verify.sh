ready=$(kubectl -n team get deployment web -o jsonpath='{.status.readyReplicas}')
[ "${ready:-0}" -ge 3 ] && exit 0
say "Pod 3개 중 ${ready:-0}개가 준비되었습니다." "${ready:-0} of 3 Pods are ready."
exit 1
