-- Mutant: it waits for those inside only if they could be told to go. Caught by no-request-cut.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15)

if drain_time > 0 and drain("router") then
  wait_idle("router", { timeout = drain_time })
end
stop("router")
stop("policy-engine")
stop("python-executor")
