kubectl set selector service shop app=shop,env=prod
sleep 1
