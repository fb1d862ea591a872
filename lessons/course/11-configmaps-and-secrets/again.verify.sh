env=$(kubectl exec deployment/app -- printenv COLOR 2>/dev/null)
[ "$env" = blue ] && exit 0
say "app의 COLOR: ${env:-없음}" "COLOR in app: ${env:-none}"
exit 1
