as=--as=system:serviceaccount:default:watcher
kubectl auth can-i list pods $as >/dev/null || { say "watcher는 아직 Pod 목록을 읽을 수 없습니다." "watcher may not list Pods yet."; exit 1; }
kubectl auth can-i delete pods $as >/dev/null && { say "watcher가 Pod을 지울 수도 있습니다. 너무 많이 허락했습니다." "watcher may delete Pods, which is too much."; exit 1; }
exit 0
