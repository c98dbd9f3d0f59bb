-- Does the drain do what it was accepted for? Where it does not, wait_idle would see clients come
-- back to their kept connections until its time is up, and cut them then.
--
-- Known to happen: a listener that came after the drain began is not drained by it, nor by a second
-- one; a strategy that tells few; a listener with drain_type MODIFY_ONLY. What still helps, in the
-- first two: Envoy closes each connection with its next response when its health check fails. That
-- also tells load balancers that ask, maybe too early for some, so it is not done at once, but
-- only now.
local core = ...

local effect = {}
core.idle_effect = effect

local ESCAPED = 10 -- requests more than can be explained
local CALL = 1     -- seconds that the driver may take

-- Requests were answered on kept connections, and none of these was closed.
function effect.none(wait)
  local first, counts = wait.first, wait.counts
  if not (counts.told and counts.requests and counts.connections and first.requests)
    or counts.told ~= wait.before.told then
    return false
  end
  local answered = counts.requests - counts.active - first.requests
  return answered > counts.connections - (first.connections or 0)
end

-- Of the open connections, are more than half such that were not told? Those who were and do not
-- go, as some clients do not, are no reason for anything.
local function is_untold(wait)
  local before, counts = wait.before, wait.counts
  local closed = (before.http1 or 0) + counts.connections - (before.connections or 0) - counts.http1
  return counts.told - (before.told or 0) - closed < counts.http1 / 2
end

-- Some are closed, others not: each request that is neither in flight nor the first on its
-- connection must have had its connection told. HTTP/2 tells a connection once for all of them,
-- and those that close_idle closes are not counted.
local function is_partial(wait)
  local counts = wait.counts
  if wait.closing or not (counts.told and counts.requests and counts.connections) then
    return false
  end
  local untold = counts.requests - counts.connections - counts.told
  local least = counts.http1 == counts.open and wait.least_untold or untold
  wait.least_untold = math.min(least, untold)
  return untold - wait.least_untold > counts.active + ESCAPED and is_untold(wait)
end

-- effect.look(wait) after each look of idle.lua, whose `wait` it is: says once what is wrong, and
-- has the health check failed, if that is not to come later anyway.
function effect.look(wait)
  if wait.complained or wait.by_sockets or not wait.service.drained_at then return end
  local none = effect.none(wait)
  if not none and not is_partial(wait) then return end
  wait.complained = true
  core.event({ service = wait.service.name, what = "no effect", warning = true,
    why = none and "the drain was accepted, but connections are not told to close"
      or "some connections are not told to close, as those of a listener that was added later" })
  if wait.driver.fail_ready and not wait.unready_at then
    wait.unready(CALL)
    wait.drained_at = core.now() -- only now are they told, or cut some seconds later
  end
end
