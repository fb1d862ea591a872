images=$(kubectl get pods -l app=store -o jsonpath='{range .items[*]}{.spec.containers[0].image}{"\n"}{end}' | sort -u)
ready=$(kubectl get deployment store -o jsonpath='{.status.readyReplicas}')
[ "$images" = nginx:1.27 ] && [ "${ready:-0}" = 3 ] && exit 0
say "store의 Pod 이미지: $(echo $images). 준비된 Pod: ${ready:-0}개." "The Pods of store are of: $(echo $images). ${ready:-0} are ready."
exit 1
