kubectl get configmap old-settings >/dev/null 2>&1 || exit 0
say "old-settings가 아직 있습니다." "old-settings is still there."
exit 1
