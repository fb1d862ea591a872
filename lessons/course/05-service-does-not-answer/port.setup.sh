kubectl patch service shop --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":8080}]'
