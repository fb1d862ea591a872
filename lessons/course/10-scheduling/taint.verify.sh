kubectl get node minikube -o jsonpath='{.spec.taints[*].key}' | grep -q team || { say "노드에 taint team=blue가 없습니다." "The node has no taint team=blue."; exit 1; }
guest=$(kubectl get pod guest -o jsonpath='{.status.phase}' 2>/dev/null)
plain=$(kubectl get pod plain -o jsonpath='{.status.phase}' 2>/dev/null)
[ "$guest $plain" = "Running Pending" ] && exit 0
say "guest: ${guest:-없음}, plain: ${plain:-없음}" "guest: ${guest:-none}, plain: ${plain:-none}"
exit 1
