stop("router") # no new work
stop("policy-engine")
