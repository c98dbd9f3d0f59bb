def stop_all():
    stop("router")
