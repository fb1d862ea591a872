page=$(kubectl exec client -- curl -s -m 3 http://shop 2>/dev/null)
[ "$page" = "Welcome, version 1" ] && exit 0
say "지금 페이지: ${page:-응답 없음}" "The page now: ${page:-no answer}"
exit 1
