[ "$(kubectl get job count -o jsonpath='{.status.succeeded}' 2>/dev/null)" = 1 ] || { say "Job count가 아직 성공하지 못했습니다." "The Job count has not succeeded yet."; exit 1; }
[ "$(kubectl logs job/count)" = 15 ] && exit 0
say "성공했지만 15를 출력하지 않았습니다." "It succeeded, but did not print 15."
exit 1
