-- Mutant: it sleeps between the stops, to be sure. Caught by no-needless-wait.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15)

if drain_time > 0 and drain("router") then
  local idle, why = wait_idle("router", { timeout = drain_time })
  if not idle and why == "unknown" then sleep(math.min(drain_time, 5)) end
end
stop("router")
sleep(2)
stop("policy-engine")
stop("python-executor")
