may() { kubectl auth can-i "$@" --as=system:serviceaccount:default:robot >/dev/null 2>&1; }
for n in shop office; do
  may list deployments -n $n && may list services -n $n || { say "robot은 아직 ${n}의 것을 다 볼 수 없습니다." "robot may not look at everything in $n yet."; exit 1; }
done
may list pods -n bank && { say "robot이 bank도 볼 수 있습니다." "robot may look at bank as well."; exit 1; }
may list pods -n kube-system && { say "robot이 kube-system까지 볼 수 있습니다." "robot may even look at kube-system."; exit 1; }
exit 0
