phase=$(kubectl get pod mining -o jsonpath='{.status.phase}' 2>/dev/null)
[ "$phase" = Running ] && exit 0
say "mining: ${phase:-없음}" "mining is ${phase:-not there}."
exit 1
