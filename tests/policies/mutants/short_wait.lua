-- Mutant: it waits 1 s and no longer. Caught by no-request-cut.

if drain("router") then wait_idle("router", { timeout = 1 }) end
stop("router")
stop("policy-engine")
stop("python-executor")
