kubectl label pod tool env=test
kubectl label pod tool env=dev --overwrite
kubectl label pods -l check check-
