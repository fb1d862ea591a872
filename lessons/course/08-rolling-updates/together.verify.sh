page() { kubectl exec client -- curl -s -m 3 http://shop 2>/dev/null; }
now=$(page)
[ "$now" = "Welcome, version 2" ] || { say "지금 페이지: ${now:-응답 없음}" "The page now: ${now:-no answer}"; exit 1; }
kubectl rollout undo deployment/shop >/dev/null 2>&1
kubectl rollout status deployment/shop --timeout=40s >/dev/null 2>&1
sleep 3
back=$(page)
[ "$back" = "Welcome, version 1" ] && exit 0
say "사본에서 되돌려 보니 페이지가 이렇습니다: $back" "Taken back on a copy, the page says: $back"
exit 1
