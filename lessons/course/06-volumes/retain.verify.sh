phase=$(kubectl get pvc back -o jsonpath='{.status.phase}' 2>/dev/null)
path=$(kubectl get pv $(kubectl get pvc back -o jsonpath='{.spec.volumeName}' 2>/dev/null) -o jsonpath='{.spec.hostPath.path}' 2>/dev/null)
case "$phase $path" in "Bound "*/data) exit 0 ;; esac
say "PVC back: ${phase:-아직 없음}" "The PVC back: ${phase:-not there yet}"
exit 1
