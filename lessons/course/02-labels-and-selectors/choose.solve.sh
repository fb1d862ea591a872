kubectl label pods -l 'env!=prod' check=yes
