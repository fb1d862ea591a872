state=$(kubectl get pods -l app=shop -o jsonpath='{range .items[*]}{.status.containerStatuses[0].ready}/{.status.containerStatuses[0].restartCount}{"\n"}{end}')
case "$state" in *false/0*) exit 0 ;; esac
say "아직 두 Pod이 모두 준비된 상태입니다." "Both Pods are still ready."
exit 1
