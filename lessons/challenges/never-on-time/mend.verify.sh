done=$(kubectl get jobs -o jsonpath='{range .items[?(@.status.succeeded==1)]}{.metadata.ownerReferences[0].name}{"\n"}{end}' | grep -c '^backup$')
[ "$done" -ge 1 ] && exit 0
say "성공한 backup의 Job이 아직 없습니다." "No Job of backup has succeeded yet."
exit 1
