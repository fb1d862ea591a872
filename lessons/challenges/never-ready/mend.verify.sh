kubectl exec client -- curl -s -m 3 http://front >/dev/null 2>&1 && exit 0
echo "http://front does not answer yet."
exit 1
