kubectl get pod stubborn >/dev/null 2>&1 || { say "Pod stubborn이 없습니다. 고친 파일을 적용하세요." "There is no Pod stubborn: apply the file that you corrected."; exit 1; }
patience=$(kubectl get pod stubborn -o jsonpath='{.spec.terminationGracePeriodSeconds}')
[ "$patience" -ge 30 ] || { say "기다리는 시간을 ${patience}초로 줄이지 말고, 스스로 끝나게 해 주세요." "Do not shorten the patience to $patience seconds: let it end by itself."; exit 1; }
kubectl delete pod stubborn --wait=false >/dev/null 2>&1
sleep 10
kubectl get pod stubborn >/dev/null 2>&1 || exit 0
say "10초가 지나도 끝나지 않습니다." "After ten seconds it has not ended."
exit 1
