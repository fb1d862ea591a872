env=$(kubectl get pod tool -o jsonpath='{.metadata.labels.env}')
[ "$env" = dev ] || { say "tool의 env: ${env:-없음}" "env of tool: ${env:-none}"; exit 1; }
left=$(kubectl get pods -l check -o jsonpath='{.items[*].metadata.name}')
[ -z "$left" ] && exit 0
say "아직 check가 붙어 있는 Pod: $left" "These still have the label check: $left"
exit 1
