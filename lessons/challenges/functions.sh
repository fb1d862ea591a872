# Says it in the language of who reads it: Korean, English.
say() { [ "$LESSON_LANG" = ko ] && echo "$1" || echo "$2"; }
