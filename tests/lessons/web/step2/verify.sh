#!/bin/bash
ip=$(kubectl -n shop get pod web -o jsonpath='{.status.podIP}' 2>/dev/null)
if [ -z "$ip" ]; then
  echo "There is no Pod web with an address in shop."
  exit 1
fi
kubectl -n shop exec web -- curl -s localhost | grep -q 'Good morning'
