front=$(kubectl get pods -l tier=front -o name | tr '\n' ' ')
[ $LESSON_LANG = ko ] && echo "지금 앞에 있는 것: ${front:-없음}" || echo "At the front: ${front:-none}"
