kubectl exec deployment/site -- cat /usr/share/nginx/html/index.html >/dev/null 2>&1 || { say "site의 Pod에 index.html이 없습니다." "There is no index.html in the Pod of site."; exit 1; }
kubectl patch configmap page -p '{"data":{"index.html":"checking\n"}}' >/dev/null 2>&1
for i in 1 2 3 4 5; do
  sleep 10
  kubectl exec deployment/site -- grep -q checking /usr/share/nginx/html/index.html 2>/dev/null && exit 0
done
paths=$(kubectl get deployment site -o jsonpath='{.spec.template.spec.containers[0].volumeMounts[*].subPath}')
[ -z "$paths" ] && exit 0
say "사본에서 page를 바꾸어 보았는데 site는 그대로입니다." "On a copy, page was changed, and site stayed as it was."
exit 1
