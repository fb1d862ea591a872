[ -f password.txt ] || { say "password.txt 파일이 없습니다." "There is no file password.txt."; exit 1; }
want=$(kubectl get secret bank -o jsonpath='{.data.password}' | base64 -d)
[ "$(tr -d ' \n' < password.txt)" = "$want" ] && exit 0
say "password.txt에 적힌 것은 그 비밀번호가 아닙니다." "What stands in password.txt is not the password."
exit 1
