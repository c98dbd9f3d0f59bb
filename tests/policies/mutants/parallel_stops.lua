-- Mutant: all stop at once. Caught by order-kept.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15)

if drain_time > 0 and drain("router") then
  local idle, why = wait_idle("router", { timeout = drain_time })
  if not idle and why == "unknown" then sleep(math.min(drain_time, 5)) end
end
parallel(
  function() stop("router") end,
  function() stop("policy-engine") end,
  function() stop("python-executor") end)
