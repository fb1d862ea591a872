kubectl patch configmap old-settings --type=merge -p '{"metadata":{"finalizers":null}}'
