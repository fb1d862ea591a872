[ -f names.txt ] || { say "names.txt 파일이 없습니다." "There is no file names.txt."; exit 1; }
good=0
for name in $(sort -u names.txt); do
  page=$(kubectl exec client -- curl -s -m 3 http://$name 2>/dev/null)
  case "$page" in
    *"namespace default"*) good=$((good+1)) ;;
    *) say "client에서 http://$name - default의 web이 아닙니다." "client does not find the web of default as $name."; exit 1 ;;
  esac
done
[ $good -ge 3 ] && exit 0
say "지금까지 ${good}개입니다." "$good so far."
exit 1
