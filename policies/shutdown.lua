-- shutdown.lua: what this container does when it is asked to stop. Times are in seconds.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15) -- 0: do not drain

-- 1. The router tells its clients to go elsewhere; leave when nobody is inside any more.
if drain_time > 0 and drain("router") then
  local idle, why = wait_idle("router", { timeout = drain_time })
  if not idle and why == "unknown" then
    wait_exit("router", { timeout = math.min(drain_time, 5) }) -- nobody can say how busy it is
  end
end

-- 2. Each one has fully exited before the next is asked to.
stop("router")
stop("policy-engine")
stop("python-executor")
