if kubectl get deployment web >/dev/null 2>&1; then
  say "Deployment web이 아직 있습니다." "The Deployment web is still there."
  exit 1
fi
left=$(kubectl get pods -l 'pod-template-hash,!app' --field-selector=status.phase=Running -o name | wc -l)
[ "$left" -ge 1 ] && exit 0
say "레이블 app을 뗀 Pod이 없습니다." "There is no Pod that lost its label app."
exit 1
