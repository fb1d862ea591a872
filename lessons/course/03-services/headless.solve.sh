kubectl expose deployment web --name=web-each --cluster-ip=None --port=80
sleep 2
