-- Mutant: every stop has a fixed time of 10 s, whatever is left. Caught by no-request-cut.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15)

if drain_time > 0 and drain("router") then
  wait_idle("router", { timeout = drain_time })
end
stop("router", { timeout = 10 })
stop("policy-engine", { timeout = 10 })
stop("python-executor", { timeout = 10 })
