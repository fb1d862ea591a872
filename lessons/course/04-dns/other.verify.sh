[ -f name.txt ] || { say "name.txt 파일이 없습니다." "There is no file name.txt."; exit 1; }
name=$(tr -d ' \n' < name.txt)
page=$(kubectl exec client -- curl -s -m 3 http://$name 2>/dev/null)
case "$page" in *"namespace blue"*) exit 0 ;; esac
say "client에서 http://$name: ${page:-응답 없음}" "http://$name in client: ${page:-no answer}"
exit 1
