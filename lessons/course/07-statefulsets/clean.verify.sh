left=$(kubectl get statefulset,pvc,pv -o name 2>/dev/null | xargs)
[ -z "$left" ] && exit 0
say "아직 남아 있는 것: $left" "Still there: $left"
exit 1
