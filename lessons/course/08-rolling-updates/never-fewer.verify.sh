type=$(kubectl get deployment web -o jsonpath='{.spec.strategy.type}')
missing=$(kubectl get deployment web -o jsonpath='{.spec.strategy.rollingUpdate.maxUnavailable}')
[ "$type" = RollingUpdate ] || { say "strategy가 ${type}이면 업데이트 중에 하나도 없게 됩니다." "With the strategy $type there are none at all during an update."; exit 1; }
case "$missing" in 0 | 0% | [1-9]% | 1[0-9]% | 2[0-4]%) exit 0 ;; esac
say "maxUnavailable이 ${missing}입니다." "maxUnavailable is $missing."
exit 1
