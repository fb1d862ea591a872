ready=$(kubectl get deployment blog -o jsonpath='{.status.readyReplicas}')
[ "${ready:-0}" -ge 3 ] && exit 0
echo "${ready:-0} of 3 Pods are ready."
exit 1
