-- Mutant: it never kills, so what does not listen stays. Caught by no-service-left.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15)

if drain_time > 0 and drain("router") then
  local idle, why = wait_idle("router", { timeout = drain_time })
  if not idle and why == "unknown" then sleep(math.min(drain_time, 5)) end
end
for _, name in ipairs(processes()) do stop(name, { kill = false }) end
