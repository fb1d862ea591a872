[ "$(kubectl get pod notes -o jsonpath='{.status.containerStatuses[0].ready}' 2>/dev/null)" = true ] || { say "Pod notes가 준비되지 않았습니다." "The Pod notes is not ready."; exit 1; }
kubectl exec notes -- test -f /scratch/b || exit 0
say "아직 예전 Pod입니다. /scratch/b가 있습니다." "It is still the old Pod: /scratch/b is there."
exit 1
