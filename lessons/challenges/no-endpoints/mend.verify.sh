kubectl exec client -- curl -s -m 3 http://shop >/dev/null 2>&1 && exit 0
echo "Nobody answers at http://shop yet."
exit 1
