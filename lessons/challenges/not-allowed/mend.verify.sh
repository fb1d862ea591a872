as=--as=system:serviceaccount:default:watcher
kubectl auth can-i list pods $as >/dev/null || { echo "watcher may not list Pods yet."; exit 1; }
kubectl auth can-i delete pods $as >/dev/null && { echo "watcher may delete Pods, which is too much."; exit 1; }
exit 0
