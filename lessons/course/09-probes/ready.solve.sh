kubectl exec deployment/shop -- rm /usr/share/nginx/html/index.html
sleep 10
