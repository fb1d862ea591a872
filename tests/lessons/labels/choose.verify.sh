front=$(kubectl get pods -l tier=front -o name)
[ "$front" = pod/blue ] || { echo "These are at the front: ${front:-none}"; exit 1; }
