-- Mutant: it sleeps and never drains, so those who come again and again are cut in the end. Caught
-- by no-request-cut.

sleep(env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15))
stop("router")
stop("policy-engine")
stop("python-executor")
