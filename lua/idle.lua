-- The least wait: watches a service until it may be left. When that is, and when to look next, is
-- reckoned in src/idle, and the loop of looks and pauses is src/engine/module_watch.c. Here is what
-- is said and done meanwhile.
--
-- Happy path: watch ("first" look: what is waited for is said) -> "leave" -> it stops accepting ->
-- watch until it is still -> idle.
--
-- What can go wrong: the service does not say (three looks in a row; one, if it could not be
-- drained): then its sockets do (idle_sockets.lua), and where the kernel does not tell either, it
-- gets BLIND seconds, in which its clients go ("unknown"); it exits; the time is up, or the
-- deadline is near ("timeout"); the drain has no effect.
local core = ...

local idle = {}
core.idle = idle

local QUIET = 0.25      -- seconds that clients have to notice a closed door
local UNKNOWN_LOOKS = 3
local BLIND = 5         -- seconds, where nobody can tell
local CLOSE = 0.5       -- seconds that the driver may take to close the door,
local CLOSE_IDLE = 2    -- to have idle connections closed,
local FAIL_READY = 1    -- and to have the health check fail where the drain does not work;
local UNREADY_MIN = 0.1 -- at least, where that was asked for

-- What is done about what core.idle_watch returns, unless that is how it ends -> how it ends, or
-- nil; has a look succeeded or failed just now?
local on = {}

-- A look has counted, for the first time.
function on.first(wait)
  local service = wait.service
  service.answered = true
  local active = core.count(service.number, "active")
  core.event({ service = service.name, what = "waiting", in_flight = active,
    why = core.format("until it is idle, up to %.1f s",
      core.idle_left(wait.idle) + core.now() - wait.begun) })
  return nil, true
end

-- Of the service; `failures` looks in a row, for so many seconds.
function on.failed(wait, why, failures, seconds)
  if why == "no time left" then return "timeout" end
  wait.why = why or wait.why
  if not wait.by_sockets then
    if failures < wait.looks then return nil, true end
    local counts = core.idle_sockets.counts(wait)
    if counts then
      core.idle_note_sockets(wait.idle, counts)
      return nil, true
    end
  end
  if seconds >= wait.blind then return "unknown" end
  return nil, true
end

-- Some balancers look at readiness only: they are told when it is time for it.
function on.unready(wait)
  local _, seconds = core.idle_left(wait.idle)
  wait.fails_ready = false
  wait.unready(math.max(seconds, UNREADY_MIN))
end

on["close idle"] = function(wait)
  local ok, why = wait.driver.close_idle(CLOSE_IDLE)
  if ok == nil then return end
  local facts = core.idle_facts(wait.idle)
  core.event({ service = wait.service.name, what = "closing", warning = not ok,
    why = ok and core.format(
      "idle connections: %.0f are left of %.0f", facts.http1, facts.http1_first)
      or "idle connections FAILED: " .. tostring(why or "unknown") })
end

-- The drain was accepted, but does not do what it should: the health check is failed, if that is
-- not to come later anyway.
local function ineffective(why)
  return function(wait)
    core.event({ service = wait.service.name, what = "no effect", warning = true, why = why })
    if wait.driver.fail_ready and not wait.fails_ready then
      wait.unready(FAIL_READY)
      core.idle_told_again(wait.idle) -- only now are they told, or cut some seconds later
    end
    return nil, true
  end
end

on["no effect"] = ineffective("the drain was accepted, but connections are not told to close")
on["some effect"] =
  ineffective("some connections are not told to close, as those of a listener that was added later")

-- "leave", or why that does not come: "timeout", "unknown", "exited".
local function watch(wait)
  local looked = false
  while true do
    local verdict, why, failures, seconds = core.idle_watch(wait.idle, wait.service.number,
      wait.look, wait.by_sockets, looked)
    if not on[verdict] then return verdict end
    local ended
    ended, looked = on[verdict](wait, why, failures, seconds)
    if ended then return ended end
  end
end

-- Late clients are refused from now on, which is safe to repeat; who came in before is served.
local function close_door(wait)
  if not wait.driver.close then return "leave" end
  wait.driver.close(CLOSE)
  core.idle_door_closed(wait.idle)
  if not wait.by_sockets then return watch(wait) end
  -- The kernel knows a service by its listening sockets, which are gone now.
  core.wait(wait.service.number, "exited", QUIET, "anything")
  return "leave"
end

-- It has never answered and does not drain. Where it is still starting (nobody can be connected),
-- to wait would only let it get ready, and let people in.
local function never_answered(service)
  return not service.answered and not core.drained_at(service.number)
end

-- idle.wait(service, options, unready) -> true, seconds; false, why; and `idle` for
-- core.idle_facts, when it has `begun`.
-- unready(seconds it may take): called once, options.fail_ready_after seconds from now.
function idle.wait(service, options, unready)
  local wait = {
    service = service, driver = service.driver, begun = core.now(), blind = BLIND,
    look = service.driver.counts, -- what says how busy it is
    looks = service.undrained and 1 or UNKNOWN_LOOKS, unready = unready, by_sockets = false,
    fails_ready = options.fail_ready_after ~= nil,
    idle = core.idle_begin(service.history, service.number, service.driver.close_idle ~= nil,
      core.check.IDLE_TIMEOUT, options),
  }
  if never_answered(service) then wait.looks, wait.blind = 1, 0 end
  local verdict = watch(wait)
  if verdict == "leave" then verdict = close_door(wait) end
  local ok = verdict == "leave"
  return ok, ok and core.now() - wait.begun or verdict, wait
end
