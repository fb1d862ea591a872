robot=system:serviceaccount:default:robot
may() { kubectl auth can-i "$@" --as=$robot >/dev/null 2>&1; }
may list pods || { say "robot은 아직 Pod 목록을 볼 수 없습니다." "robot may not list Pods yet."; exit 1; }
may get pods --subresource=log || { say "robot은 아직 로그를 볼 수 없습니다." "robot may not read logs yet."; exit 1; }
may delete pods && { say "robot이 Pod을 지울 수도 있습니다. 너무 많은 권한입니다." "robot may even delete Pods: that is too much."; exit 1; }
may get secrets && { say "robot이 Secret을 볼 수도 있습니다. 너무 많은 권한입니다." "robot may even read Secrets: that is too much."; exit 1; }
exit 0
