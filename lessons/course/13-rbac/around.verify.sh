kubectl auth can-i get secrets -n bank --as=system:serviceaccount:bank:clerk >/dev/null 2>&1 && { say "clerk에게 Secret 권한을 주지 말고 해 보세요." "Do it without giving clerk the right to read Secrets."; exit 1; }
[ -f stolen.txt ] || { say "stolen.txt 파일이 없습니다." "There is no file stolen.txt."; exit 1; }
want=$(kubectl -n bank get secret safe -o jsonpath='{.data.password}' | base64 -d)
[ "$(tr -d ' \n' < stolen.txt)" = "$want" ] && exit 0
say "stolen.txt에 적힌 것은 그 비밀번호가 아닙니다." "What stands in stolen.txt is not the password."
exit 1
