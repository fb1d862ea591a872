kubectl auth can-i list pods --as=system:serviceaccount:default:default >/dev/null 2>&1 && { say "default 계정에 권한을 주면 다른 Pod도 모두 갖게 됩니다." "With rights for the account default, all the other Pods have them, too."; exit 1; }
account=$(kubectl get pod robot -o jsonpath='{.spec.serviceAccountName}' 2>/dev/null)
kubectl exec robot -- kubectl get pods >/dev/null 2>&1 && exit 0
say "Pod robot의 계정: ${account:-Pod이 없습니다}" "The account of the Pod robot: ${account:-there is no Pod}"
exit 1
