greet.sh
