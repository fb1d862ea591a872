probe=$(kubectl get deployment shop -o jsonpath='{.spec.template.spec.containers[0].readinessProbe}' 2>/dev/null)
[ -n "$probe" ] || { say "shop에 아직 readiness probe가 없습니다." "shop has no readiness probe yet."; exit 1; }
ready=$(kubectl get deployment shop -o jsonpath='{.status.readyReplicas}')
new=$(kubectl get deployment shop -o jsonpath='{.status.updatedReplicas}')
old=$(kubectl get deployment shop -o jsonpath='{.status.replicas}')
[ "${ready:-0} ${new:-0} ${old:-0}" = "2 2 2" ] && exit 0
say "새 Pod이 아직 준비되지 않았습니다. describe의 Events에 이유가 있습니다." "The new Pods are not ready yet; the Events of describe say why."
exit 1
