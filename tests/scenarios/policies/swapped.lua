-- The policy engine first: the router still needs it.
stop("policy-engine")
drain("router")
wait_idle("router", { timeout = 15 })
stop("router")
stop("python-executor")
