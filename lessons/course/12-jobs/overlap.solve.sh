kubectl patch cronjob backup -p '{"spec":{"concurrencyPolicy":"Forbid"}}'
