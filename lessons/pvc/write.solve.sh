kubectl exec mypod -- touch /hi-jioni /var/www/html/hi-jioni
