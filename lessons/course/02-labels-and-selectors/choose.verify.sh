have=$(kubectl get pods -l check=yes -o jsonpath='{.items[*].metadata.name}')
[ "$have" = "shop-test tool" ] && exit 0
say "check=yes가 붙은 Pod: ${have:-없음}" "Pods with check=yes: ${have:-none}"
exit 1
