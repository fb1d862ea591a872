images=$(kubectl get pods -l app=web -o jsonpath='{range .items[*]}{.spec.containers[0].image}{"\n"}{end}' | sort -u | xargs)
ready=$(kubectl get deployment web -o jsonpath='{.status.readyReplicas}')
[ "$images" = nginx:1.28 ] && [ "${ready:-0}" = 4 ] && exit 0
say "Pod의 이미지: $images" "Images of the Pods: $images"
exit 1
