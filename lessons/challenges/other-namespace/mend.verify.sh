kubectl exec client -- curl -s -m 3 http://cache >/dev/null 2>&1 && exit 0
say "아직 http://cache에서 응답이 없습니다." "http://cache does not answer yet."
exit 1
