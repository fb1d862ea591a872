kubectl exec client -- curl -s -m 5 http://web 2>/dev/null | grep -q namespace && exit 0
say "client에서 http://web이 아직 안 됩니다." "http://web does not work in client yet."
exit 1
