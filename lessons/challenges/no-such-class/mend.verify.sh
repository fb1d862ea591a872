phase=$(kubectl get pod db -o jsonpath='{.status.phase}' 2>/dev/null)
claim=$(kubectl get pod db -o jsonpath='{.spec.volumes[*].persistentVolumeClaim.claimName}' 2>/dev/null)
bound=$(kubectl get pvc data -o jsonpath='{.status.phase}' 2>/dev/null)
[ "$phase" = Running ] && [ "$claim" = data ] && [ "$bound" = Bound ] && exit 0
say "db: ${phase:-없음}, data: ${bound:-없음}" "db is ${phase:-not there}, and data is ${bound:-not there}."
exit 1
