kubectl get cronjob clock >/dev/null 2>&1 || { say "CronJob clock이 없습니다." "There is no CronJob clock."; exit 1; }
done=$(kubectl get job now -o jsonpath='{.status.succeeded}' 2>/dev/null)
[ "${done:-0}" = 1 ] || { say "Job now가 아직 끝나지 않았습니다." "The Job now is not complete yet."; exit 1; }
[ "$(kubectl get cronjob clock -o jsonpath='{.spec.suspend}')" = true ] && exit 0
say "clock이 아직 돌고 있습니다." "clock is not suspended yet."
exit 1
