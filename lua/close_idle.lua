-- Idle connections are not told by a drain: who sends seldom keeps it waiting, for one request in
-- three seconds about 15 s. Some drivers can end them (envoy_idle.lua): each is given five seconds
-- from then on. When?
--
-- Not at once: those who send soon are told by their own response, and a request that is on its way
-- when its connection is closed fails. Not where nobody sends: after 5 s they may be cut anyway
-- (UNTOLD in idle.lua). So: AFTER seconds into the drain, where requests still come, and MANY of
-- the connections that were open when it began are still there. Where fewer are left, all will be
-- told by themselves within these five seconds, about.
local core = ...

local close_idle = {}
core.close_idle = close_idle

local AFTER = 1.75     -- seconds
local TAKES = 6        -- seconds until they are closed: in less than that it is of no use
local MANY = 0.25      -- of those that were open at the first look
local RECENT = 1       -- seconds since the last request
local CALL = 2         -- seconds that the driver may take

local function is_due(wait, now)
  local left, first = (wait.counts.http1 or 0) - wait.counts.active, wait.first.http1 or 0
  return wait.service.drained_at and now - wait.drained_at >= AFTER
    and wait.until_time - now > TAKES and now - wait.busy_at < RECENT
    and first > 0 and left > 0 and left >= MANY * first
end

-- close_idle.look(wait) -> has time passed? After each look of idle.lua, whose `wait` it is; once
-- it has them closed.
function close_idle.look(wait)
  if wait.closing or wait.by_sockets or not wait.driver.close_idle then return false end
  if not wait.known or not is_due(wait, core.now()) then return false end
  wait.closing = true
  local ok, why = wait.driver.close_idle(CALL)
  if ok == nil then return true end
  core.event({ service = wait.service.name, what = "closing", warning = not ok,
    why = ok and ("idle connections: %.0f are left of %.0f"):format(wait.counts.http1,
      wait.first.http1) or "idle connections FAILED: " .. tostring(why or "unknown") })
  return true
end
