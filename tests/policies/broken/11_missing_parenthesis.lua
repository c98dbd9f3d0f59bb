stop("router"
stop("policy-engine")
