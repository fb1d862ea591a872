kubectl create service clusterip shop --tcp=80
