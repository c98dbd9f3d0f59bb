drain("router")
stop("router")
stop("policy-engine")
