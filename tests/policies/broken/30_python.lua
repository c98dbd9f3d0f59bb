if drain("router"):
    sleep(5)
stop("router")
