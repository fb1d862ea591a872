curl -s -m 3 http://192.168.49.2:30080 >/dev/null && exit 0
say "http://192.168.49.2:30080에서 응답이 없습니다." "http://192.168.49.2:30080 does not answer."
exit 1
