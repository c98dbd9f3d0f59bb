-- Mutant: a router that cannot say how many are inside is taken for an empty one. Caught by
-- no-request-cut.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15)

drain("router")
while elapsed() < drain_time and (in_flight("router") or 0) > 0 do sleep(0.1) end
stop("router")
stop("policy-engine")
stop("python-executor")
