-- Mutant: a branch that is rarely taken adds nil to a number. Caught by policy-returns.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15)
local drained, why, status = drain("router")

if drained then
  wait_idle("router", { timeout = drain_time })
else
  warn("no drain: " .. why .. ", status " .. status + 0)
end
stop("router")
stop("policy-engine")
stop("python-executor")
