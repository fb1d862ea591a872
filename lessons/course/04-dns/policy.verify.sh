kubectl get pod asker >/dev/null 2>&1 || { say "Pod asker가 없습니다." "There is no Pod asker."; exit 1; }
kubectl exec asker -- nslookup web >/dev/null 2>&1 && exit 0
say "asker는 아직 web을 찾지 못합니다. dnsPolicy: $(kubectl get pod asker -o jsonpath='{.spec.dnsPolicy}')" "asker does not find web yet. Its dnsPolicy: $(kubectl get pod asker -o jsonpath='{.spec.dnsPolicy}')"
exit 1
