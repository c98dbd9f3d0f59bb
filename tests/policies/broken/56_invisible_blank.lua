local ok = drain("router")
