kubectl create secret generic bank --from-literal=password="open-sesame-$((RANDOM % 900 + 100))"
