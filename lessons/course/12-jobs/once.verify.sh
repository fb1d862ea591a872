done=$(kubectl get job hello -o jsonpath='{.status.succeeded}' 2>/dev/null)
[ "${done:-0}" = 1 ] || { say "Job hello가 아직 끝나지 않았습니다." "The Job hello is not complete yet."; exit 1; }
kubectl get deployment once >/dev/null 2>&1 || exit 0
say "Deployment once가 아직 있습니다." "The Deployment once is still there."
exit 1
