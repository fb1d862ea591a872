kubectl create deployment web --image=nginx
kubectl expose deployment web --port=80
