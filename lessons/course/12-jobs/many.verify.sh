done=$(kubectl get job parcels -o jsonpath='{.status.succeeded}' 2>/dev/null)
many=$(kubectl get job parcels -o jsonpath='{.spec.parallelism}' 2>/dev/null)
[ "${many:-0}" = 3 ] || { say "parallelism: ${many:-없음}" "parallelism: ${many:-none}"; exit 1; }
[ "${done:-0}" = 6 ] && exit 0
say "6개 중 ${done:-0}개를 쌌습니다." "${done:-0} of 6 are packed."
exit 1
