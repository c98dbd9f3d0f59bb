-- deregister.lua: for a load balancer that is told by an API which containers serve. It is told
-- first, since it needs a while; nobody waits for it longer than the drain takes, and whatever it
-- answers, the services are stopped in order.

local balancer = env("BALANCER_URL", "http://balancer:8080/deregister")
local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15) -- 0: do not drain

local function deregister()
  local done, why = retry({ times = 3, delay = 0.5 }, function()
    return http.post(balancer, { timeout = 2 })
  end)
  if not done then warn("the balancer was not told (" .. tostring(why) .. ")") end
end

local function drain_router()
  if drain_time == 0 then return end
  drain("router")
  wait_idle("router", { timeout = drain_time })
end

parallel(deregister, drain_router)
stop("router")

-- What the policy engine has counted is sent away while it still runs.
local flushed, why = run({ "flush-metrics" }, { timeout = 2 })
if not flushed then warn("the metrics were not flushed (" .. tostring(why) .. ")") end

stop("policy-engine")
stop("python-executor")
