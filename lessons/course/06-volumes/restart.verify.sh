restarts=$(kubectl get pod notes -o jsonpath='{.status.containerStatuses[0].restartCount}' 2>/dev/null)
[ "${restarts:-0}" -ge 1 ] || { say "컨테이너가 아직 다시 시작하지 않았습니다." "The container was not restarted yet."; exit 1; }
[ "$(kubectl get pod notes -o jsonpath='{.status.containerStatuses[0].ready}')" = true ] || { say "컨테이너가 아직 돌고 있지 않습니다. 조금 뒤에 다시 확인하세요." "The container does not run yet: check again in a moment."; exit 1; }
kubectl exec notes -- test -f /scratch/b 2>/dev/null && exit 0
say "notes에 /scratch/b가 없습니다." "There is no /scratch/b in notes."
exit 1
