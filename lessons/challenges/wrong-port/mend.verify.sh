kubectl exec client -- curl -s -m 3 http://web >/dev/null 2>&1 && exit 0
echo "http://web does not answer yet."
exit 1
