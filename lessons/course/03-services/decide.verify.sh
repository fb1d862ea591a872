for app in api site cache; do
  kubectl get service $app >/dev/null 2>&1 || { say "${app}에 아직 Service가 없습니다." "There is no Service $app yet."; exit 1; }
  kubectl get endpoints $app -o jsonpath='{.subsets[0].addresses[1].ip}' 2>/dev/null | grep -q . || { say "Service ${app} 뒤에 Pod 두 개가 없습니다." "The Service $app does not lead to two Pods."; exit 1; }
  port=$(kubectl get service $app -o jsonpath='{.spec.ports[0].port}')
  [ "$port" = 80 ] || { say "Service $app의 포트가 ${port}입니다." "The Service $app is on port $port."; exit 1; }
done
is() { kubectl get service $1 -o jsonpath='{.spec.type}/{.spec.clusterIP}'; }
case $(is api) in ClusterIP/None | NodePort/* | LoadBalancer/*) say "api에는 더 간단한 것이 맞습니다. 주소 하나면 되고, 바깥에서는 부르지 않습니다." "api wants one address inside, and nobody calls it from outside."; exit 1 ;; esac
case $(is site) in NodePort/*) ;; *) say "site에는 바깥의 손님이 노드로 들어올 수 없습니다." "Visitors from outside do not get to site by the node."; exit 1 ;; esac
[ "$(is cache)" = ClusterIP/None ] || { say "cache의 클라이언트가 Pod을 하나하나 알 수 없습니다." "The client of cache cannot know each Pod."; exit 1; }
