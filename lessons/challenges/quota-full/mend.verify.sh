ready=$(kubectl -n team get deployment web -o jsonpath='{.status.readyReplicas}')
[ "${ready:-0}" -ge 3 ] && exit 0
hard=$(kubectl -n team get quota small -o jsonpath='{.spec.hard.pods}' 2>/dev/null)
[ "${hard:-3}" -ge 3 ] && { say "자리는 이제 있습니다. ReplicaSet이 다시 해 볼 때까지 기다리세요(16×로 빨리). 준비된 Pod: ${ready:-0}개." "There is room now: wait until the ReplicaSet tries again (16× is faster). ${ready:-0} of 3 Pods are ready."; exit 1; }
say "Pod 3개 중 ${ready:-0}개가 준비되었습니다." "${ready:-0} of 3 Pods are ready."
exit 1
