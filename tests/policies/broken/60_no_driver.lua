drain("policy-engine")
stop("router")
