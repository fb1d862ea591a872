pods=$(kubectl get pods -l app=db -o jsonpath='{.items[*].metadata.name}')
claims=$(kubectl get pvc -o name | grep -c data-db-)
[ "$pods $claims" = "db-0 3" ] && exit 0
say "Pod: ${pods:-없음}, PVC: ${claims}개" "Pods: ${pods:-none}; claims: $claims"
exit 1
