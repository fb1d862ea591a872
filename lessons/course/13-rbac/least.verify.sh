ci=system:serviceaccount:shop:ci
may() { kubectl auth can-i "$@" --as=$ci >/dev/null 2>&1; }
may delete nodes && { say "ci가 아직 무엇이든 할 수 있습니다." "ci may still do anything."; exit 1; }
may get secrets -n shop && { say "ci가 shop의 Secret을 볼 수 있습니다." "ci may read the Secrets of shop."; exit 1; }
may create pods -n shop && { say "ci가 Pod을 직접 만들 수 있습니다." "ci may make Pods itself."; exit 1; }
may patch deployments.apps -n default && { say "ci가 shop 밖의 Deployment도 바꿀 수 있습니다." "ci may change Deployments outside of shop."; exit 1; }
refused=$(kubectl -n shop set image deployment/web nginx=nginx:1.29 --as=$ci 2>&1 >/dev/null) && exit 0
echo "$refused"
exit 1
