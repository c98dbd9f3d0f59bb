-- shutdown.lua: what this container does when it is asked to stop. Times are in seconds.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15) -- 0: do not drain
local routing = env_seconds("ROUTER_ROUTING_SECONDS", 1.5) -- how long others typically send here

-- 1. The router tells its clients to go elsewhere; leave when nobody is inside any more. Where it
--    cannot tell them, waiting still lets those inside finish, and others be routed elsewhere.
if drain_time > 0 then
  drain("router")
  wait_idle("router", { timeout = drain_time, routing = routing })
end

-- 2. Each one has fully exited before the next is asked to.
stop("router")
stop("policy-engine")
stop("python-executor")
