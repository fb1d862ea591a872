closed=$(kubectl get node minikube -o jsonpath='{.spec.unschedulable}')
[ "$closed" = true ] || { say "노드가 닫혀 있지 않습니다." "The node is not closed."; exit 1; }
running=$(kubectl get pods --field-selector=status.phase=Running -o jsonpath='{.items[*].metadata.name}')
[ -z "$running" ] || { say "아직 노드에 있는 Pod: $running" "Still on the node: $running"; exit 1; }
kubectl get pods -l app=web --field-selector=status.phase=Pending -o name | grep -q . && exit 0
say "기다리는 web의 Pod이 없습니다." "No Pod of web waits."
exit 1
