-- fixed_wait.lua: what the bash entrypoint before lastcall did, to the letter. It drains by the
-- admin and sleeps the whole drain time, however busy or idle the router is.

local drain_time = env_seconds("ROUTER_DRAIN_TIME_SECONDS", 15) -- 0: do not drain

if drain_time > 0 then
  local ok, why = drain("router")
  if ok then
    sleep(drain_time)
  else
    warn("the router's admin does not answer (" .. why .. "): no drain")
  end
end

stop("router")
stop("policy-engine")
stop("python-executor")
