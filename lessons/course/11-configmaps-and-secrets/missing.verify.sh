ready=$(kubectl get deployment till -o jsonpath='{.status.readyReplicas}')
[ "${ready:-0}" -ge 1 ] || { say "till의 Pod이 아직 준비되지 않았습니다." "The Pod of till is not ready yet."; exit 1; }
want=$(kubectl get secret bank -o jsonpath='{.data.password}' | base64 -d)
[ "$(kubectl exec deployment/till -- printenv PASSWORD 2>/dev/null)" = "$want" ] && exit 0
say "till의 PASSWORD가 bank의 비밀번호가 아닙니다." "PASSWORD in till is not the password of bank."
exit 1
