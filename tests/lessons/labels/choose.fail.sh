kubectl get pod blue >/dev/null 2>&1 || { [ $LESSON_LANG = ko ] && echo 'blue가 없습니다.' || echo 'There is no blue.'; exit 1; }
