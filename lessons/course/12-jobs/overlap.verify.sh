policy=$(kubectl get cronjob backup -o jsonpath='{.spec.concurrencyPolicy}' 2>/dev/null)
[ "$policy" = Forbid ] && exit 0
say "backup의 concurrencyPolicy: ${policy:-없음}" "concurrencyPolicy of backup: ${policy:-none}"
exit 1
