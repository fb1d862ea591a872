phase=$(kubectl get pod fast -o jsonpath='{.status.phase}' 2>/dev/null)
[ "$phase" = Running ] || { say "Pod fast: ${phase:-없음}" "The Pod fast: ${phase:-none}"; exit 1; }
label=$(kubectl get node minikube -o jsonpath='{.metadata.labels.disk}')
[ -z "$label" ] && exit 0
say "fast가 돌고 있습니다. 이제 노드에서 레이블 disk를 떼어 보세요." "fast runs. Now take the label disk off the node."
exit 1
