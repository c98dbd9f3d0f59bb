-- Mutant: nobody is told, and nobody waits. Caught by no-request-cut.

stop("router")
stop("policy-engine")
stop("python-executor")
