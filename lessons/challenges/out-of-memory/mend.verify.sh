state=$(kubectl get pods -l app=stress -o jsonpath='{.items[0].status.containerStatuses[0].ready}/{.items[0].status.containerStatuses[0].restartCount}/{.items[0].spec.containers[0].command[4]}')
[ "$state" = true/0/50M ] && exit 0
say "지금 상태(준비/다시 시작한 횟수/쓰는 양): $state" "Now (ready/restarts/what it uses): $state"
exit 1
