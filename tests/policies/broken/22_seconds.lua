sleep(5s)
stop("router")
