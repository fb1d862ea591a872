kubectl patch service shop -p '{"spec":{"selector":{"app":"shopp"}}}'
