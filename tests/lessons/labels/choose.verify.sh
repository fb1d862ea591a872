front=$(kubectl get pods -l tier=front -o name)
[ "$front" = pod/blue ]
