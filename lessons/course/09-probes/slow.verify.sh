live=$(kubectl get deployment slow -o jsonpath='{.spec.template.spec.containers[0].livenessProbe}')
[ -n "$live" ] || { say "liveness probe는 그대로 두어야 합니다." "The liveness probe is to stay."; exit 1; }
sleep 20
state=$(kubectl get pods -l app=slow -o jsonpath='{range .items[*]}{.status.containerStatuses[0].ready}/{.status.containerStatuses[0].restartCount}/{.status.containerStatuses[0].started}{"\n"}{end}')
[ "$state" = true/0/true ] && exit 0
say "아직 준비되지 않았거나 다시 시작했습니다(준비/재시작/시작됨: $state). 처음이라면 40초를 기다려 주세요." "Not ready yet, or restarted (ready/restarts/started: $state). If it has just begun, give it 40 seconds."
exit 1
