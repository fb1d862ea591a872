kubectl set selector service shop app=shop
sleep 2
