phase=$(kubectl get pod shop -o jsonpath='{.status.phase}' 2>/dev/null)
[ "$phase" = Running ] && exit 0
say "shop: ${phase:-없음}" "shop is ${phase:-not there}."
exit 1
