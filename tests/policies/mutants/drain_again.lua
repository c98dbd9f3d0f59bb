-- Mutant: it drains three times where the admin does not answer, and each failure is said. Caught
-- by degradation-said-once.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15)
local drained = drain("router") or drain("router") or drain("router")

if drained then wait_idle("router", { timeout = drain_time }) end
stop("router")
stop("policy-engine")
stop("python-executor")
