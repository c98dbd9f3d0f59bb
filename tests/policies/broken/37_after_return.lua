return stop("router")
stop("policy-engine")
