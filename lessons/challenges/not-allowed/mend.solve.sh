kubectl create rolebinding watcher-looks --role=pod-reader --serviceaccount=default:watcher
