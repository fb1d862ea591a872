kubectl label pod debug app-
sleep 1
