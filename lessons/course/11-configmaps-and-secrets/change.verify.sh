file=$(kubectl exec deployment/app -- cat /etc/settings/COLOR 2>/dev/null)
env=$(kubectl exec deployment/app -- printenv COLOR 2>/dev/null)
[ "$file $env" = "blue red" ] && exit 0
say "파일: ${file:-없음}, 변수: ${env:-없음}. 방금 바꾸었다면 2분까지 걸립니다." "File: ${file:-none}; variable: ${env:-none}. If it has just been changed, it may take two minutes."
exit 1
