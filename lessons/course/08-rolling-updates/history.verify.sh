image=$(kubectl get deployment web -o jsonpath='{.spec.template.spec.containers[0].image}')
[ "$image" = nginx:1.27 ] && exit 0
say "web의 이미지: $image" "The image of web: $image"
exit 1
