kubectl label pod blue tier=front --overwrite
