kubectl patch cronjob backup -p '{"spec":{"schedule":"* * * * *","suspend":false}}'
sleep 90
