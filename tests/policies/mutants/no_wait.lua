-- Mutant: it drains, and stops at once. Caught by no-request-cut.

drain("router")
stop("router")
stop("policy-engine")
stop("python-executor")
