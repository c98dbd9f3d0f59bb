-- in_reverse.lua: for any set of services, and built in for those who write no shutdown.lua: the
-- last started is stopped first, and drained before where services.lua says how.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15) -- 0: do not drain

for _, name in ipairs(processes()) do
  if drain_time > 0 then
    drain(name)                               -- where it cannot be drained, these two
    wait_idle(name, { timeout = drain_time }) -- return at once
  end
  stop(name)
end
