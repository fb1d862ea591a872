done=$(kubectl get job report -o jsonpath='{.status.succeeded}' 2>/dev/null)
[ "${done:-0}" = 1 ] && exit 0
say "Job report: $(kubectl get job report --no-headers 2>/dev/null || echo 없음)" "The Job report: $(kubectl get job report --no-headers 2>/dev/null || echo none)"
exit 1
