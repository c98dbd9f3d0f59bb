log(“stopping”)
stop("router")
