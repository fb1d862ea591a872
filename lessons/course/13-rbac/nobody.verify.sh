kubectl get serviceaccount robot >/dev/null 2>&1 && exit 0
say "ServiceAccount robot이 아직 없습니다." "There is no ServiceAccount robot yet."
exit 1
