echo web.blue > name.txt
