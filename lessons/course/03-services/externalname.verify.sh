type=$(kubectl get service store -o jsonpath='{.spec.type}' 2>/dev/null)
[ "$type" = ExternalName ] || { say "ExternalName인 Service store가 아직 없습니다." "There is no Service store of type ExternalName yet."; exit 1; }
kubectl exec client -- curl -s -m 3 http://store 2>/dev/null | grep -q nginx && exit 0
say "지금 store는 $(kubectl get service store -o jsonpath='{.spec.externalName}')입니다. client에서 접속되지 않습니다." "store is $(kubectl get service store -o jsonpath='{.spec.externalName}') now, and client gets no page from it."
exit 1
