state=$(kubectl get pods -l app=shop -o jsonpath='{range .items[*]}{.status.containerStatuses[0].ready}/{.status.containerStatuses[0].restartCount}{"\n"}{end}')
case "$state" in *false*) say "아직 준비되지 않은 Pod이 있습니다." "A Pod is not ready yet."; exit 1 ;; esac
case "$state" in *true/[1-9]*) exit 0 ;; esac
say "아직 다시 시작한 컨테이너가 없습니다." "No container was restarted yet."
exit 1
