-- Mutant: it sleeps the whole drain time, idle or not. Caught by no-needless-wait.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15)

if drain_time > 0 and drain("router") then sleep(drain_time) end
stop("router")
stop("policy-engine")
stop("python-executor")
