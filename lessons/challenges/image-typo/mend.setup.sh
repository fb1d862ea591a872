kubectl create deployment blog --image=ngnix --replicas=3
