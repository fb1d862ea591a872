kubectl exec client -- curl -s -m 3 http://shop >/dev/null 2>&1 && exit 0
say "아직 http://shop에서 응답이 없습니다." "Nobody answers at http://shop yet."
exit 1
