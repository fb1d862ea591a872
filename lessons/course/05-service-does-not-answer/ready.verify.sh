ready=$(kubectl get deployment shop -o jsonpath='{.status.readyReplicas}')
[ "${ready:-0}" -ge 1 ] || { say "준비된 Pod이 없습니다." "No Pod is ready."; exit 1; }
kubectl exec client -- curl -s -m 3 http://shop >/dev/null 2>&1 && exit 0
say "client에서 http://shop이 아직 응답하지 않습니다." "http://shop does not answer in client yet."
exit 1
