kubectl drain minikube --ignore-daemonsets --force
