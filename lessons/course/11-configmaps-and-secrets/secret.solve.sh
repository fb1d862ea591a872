kubectl get secret bank -o jsonpath='{.data.password}' | base64 -d > password.txt
