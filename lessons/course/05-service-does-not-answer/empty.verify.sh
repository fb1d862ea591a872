kubectl exec client -- curl -s -m 3 http://shop >/dev/null 2>&1 && exit 0
say "client에서 http://shop이 아직 응답하지 않습니다." "http://shop does not answer in client yet."
exit 1
