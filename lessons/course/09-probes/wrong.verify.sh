[ "$(kubectl get deployment db -o jsonpath='{.spec.replicas}')" = 0 ] || { say "db는 그대로 두어야 합니다(0개)." "db is to stay as it is, with none."; exit 1; }
before=$(kubectl get pods -l app=app -o jsonpath='{range .items[*]}{.metadata.name}/{.status.containerStatuses[0].restartCount}{"\n"}{end}')
sleep 20
after=$(kubectl get pods -l app=app -o jsonpath='{range .items[*]}{.metadata.name}/{.status.containerStatuses[0].restartCount}{"\n"}{end}')
[ -n "$after" ] && [ "$before" = "$after" ] || { say "아직 다시 시작되고 있습니다." "They are still being restarted."; exit 1; }
ready=$(kubectl get deployment app -o jsonpath='{.status.readyReplicas}')
probe=$(kubectl get deployment app -o jsonpath='{.spec.template.spec.containers[0].readinessProbe}')
[ "${ready:-0}" = 0 ] && [ -n "$probe" ] && exit 0
say "다시 시작되지는 않지만, db가 없는데도 준비된 것으로 되어 있습니다." "They are not restarted, but count as ready though db is away."
exit 1
