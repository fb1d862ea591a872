images=$(kubectl get pods -l app=db -o jsonpath='{range .items[*]}{.spec.containers[0].image}{"\n"}{end}' | sort -u | xargs)
ready=$(kubectl get statefulset db -o jsonpath='{.status.readyReplicas}')
[ "$images" = nginx:1.27 ] && [ "${ready:-0}" = 3 ] && exit 0
say "Pod의 이미지: ${images:-없음}. 준비된 Pod: ${ready:-0}개" "Images of the Pods: ${images:-none}. ${ready:-0} are ready."
exit 1
