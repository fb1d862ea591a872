phase=$(kubectl get pod report -o jsonpath='{.status.phase}' 2>/dev/null)
[ "$phase" = Running ] && exit 0
say "report: ${phase:-없음}" "report is ${phase:-not there}."
exit 1
