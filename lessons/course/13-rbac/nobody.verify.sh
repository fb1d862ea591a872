say() { [ "$LESSON_LANG" = ko ] && echo "$1" || echo "$2"; }
kubectl get serviceaccount robot >/dev/null 2>&1 && exit 0
say "ServiceAccount robot이 아직 없습니다." "There is no ServiceAccount robot yet."
exit 1
