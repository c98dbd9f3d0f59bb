// what this container does when it is asked to stop
stop("router")
