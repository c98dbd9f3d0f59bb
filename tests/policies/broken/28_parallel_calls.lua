drain("router")
parallel(stop("policy-engine"), stop("python-executor"))
