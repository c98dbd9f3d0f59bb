-- The least wait: looks at a service until it may be left. When that is, and when to look next, is
-- reckoned in C: src/idle/idle.h. Here is what takes time: the looks, the pauses, and what is done
-- meanwhile.
--
-- Happy path: look -> conclude -> pause -> look -> ... -> "leave" -> it stops accepting -> one more
-- stable look -> idle.
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
local TICK = 0.001      -- seconds; a shorter pause is none
local ANSWER = 0.5      -- seconds that a look may take
local CLOSE_IDLE = 2    -- seconds that the driver may take to have idle connections closed
local FAIL_READY = 1    -- seconds that it may take to have the health check fail, and at least
local UNREADY_MIN = 0.1 -- where that was asked for

local idle_note, idle_conclude = core.idle_note, core.idle_conclude

-- What the service says, or, once it has failed too often, what its sockets do; nil: nothing.
local function counts_of(wait)
  if not wait.by_sockets then
    local counts, why = core.counts_of(wait.service, ANSWER)
    wait.failed, wait.why = counts and 0 or wait.failed + 1, why
    if wait.failed < wait.looks or why == "no time left" then return counts end
  end
  return core.idle_sockets.counts(wait)
end

-- Nothing was counted. "timeout" or "unknown" when it cannot go on.
local function on_failure(wait)
  local seconds = core.idle_note_failure(wait.idle)
  wait.known = false
  if wait.why == "no time left" then return "timeout" end
  if wait.failed >= wait.looks and seconds >= wait.blind then return "unknown" end
end

local function say_waiting(wait)
  if wait.by_sockets then return end
  core.event({ service = wait.service.name, what = "waiting", in_flight = wait.counts.active,
    why = core.format("until it is idle, up to %.1f s",
      core.idle_left(wait.idle) + core.now() - wait.begun) })
end

-- One look. "exited", "timeout" or "unknown" when it cannot go on.
local function look(wait)
  local service = wait.service
  if core.state(service.number) ~= "running" then return "exited" end
  local begun = core.now()
  local counts = counts_of(wait)
  if not counts then return on_failure(wait) end
  wait.known, wait.counts = true, counts
  local drained = service.drained_at ~= nil
  if idle_note(wait.idle, counts, begun, drained, wait.by_sockets) then say_waiting(wait) end
end

-- Pauses, but not on after the service has exited. False: the deadline has shortened it.
local function pause(wait, seconds)
  local begun = core.now()
  return core.wait(wait.service.number, "exited", seconds, "anything")
    or core.now() - begun >= seconds - TICK
end

-- What idle_conclude may ask for. It takes its time; why it cannot go on, as look().
local errands = {}

errands["close idle"] = function(wait)
  local ok, why = wait.driver.close_idle(CLOSE_IDLE)
  local facts = core.idle_facts(wait.idle)
  if ok ~= nil then
    core.event({ service = wait.service.name, what = "closing", warning = not ok,
      why = ok and ("idle connections: %.0f are left of %.0f"):format(facts.http1,
        facts.http1_first) or "idle connections FAILED: " .. tostring(why or "unknown") })
  end
  return look(wait)
end

-- The drain was accepted, but does not what it should: the health check is failed, if that is not
-- to come later anyway.
local function ineffective(why)
  return function(wait)
    core.event({ service = wait.service.name, what = "no effect", warning = true, why = why })
    if not wait.driver.fail_ready or wait.fails_ready then return end
    wait.unready(FAIL_READY)
    core.idle_told_again(wait.idle) -- only now are they told, or cut some seconds later
  end
end

errands["no effect"] =
  ineffective("the drain was accepted, but connections are not told to close")
errands["some effect"] =
  ineffective("some connections are not told to close, as those of a listener that was added later")

-- "leave", "timeout", "unknown", "exited"; nil, and seconds until the next look.
local function conclude(wait)
  local verdict, seconds = idle_conclude(wait.idle, wait.door_closed)
  while errands[verdict] do
    local why = errands[verdict](wait)
    if why then return why end
    verdict, seconds = idle_conclude(wait.idle, wait.door_closed)
  end
  return verdict, seconds
end

-- Some balancers look at readiness only: they are told when it is time for it.
local function fail_ready(wait)
  if not core.idle_unready(wait.idle) then return end
  wait.fails_ready = false
  local _, seconds = core.idle_left(wait.idle)
  wait.unready(math.max(seconds, UNREADY_MIN))
end

-- true; false and why that does not come.
local function look_until_idle(wait)
  while true do
    if wait.fails_ready then fail_ready(wait) end
    local verdict, seconds = look(wait)
    if not verdict then verdict, seconds = conclude(wait) end
    if verdict then return verdict == "leave", verdict end
    if not pause(wait, seconds) then return false, wait.known and "timeout" or "unknown" end
  end
end

-- Late clients are refused from now on, which is safe to repeat; who came in before is served.
local function close_door(wait)
  if not wait.driver.close then return true end
  wait.driver.close(ANSWER)
  wait.door_closed = true
  if not wait.by_sockets then return look_until_idle(wait) end
  pause(wait, QUIET) -- the kernel knows a service by its listening sockets, which are gone now
  return true
end

-- It has never answered and does not drain. Where it is still starting (nobody can be connected),
-- to wait would only let it get ready, and let people in.
local function never_answered(wait)
  return not wait.service.answered and not wait.service.drained_at
end

-- How long streams count as inside.
local function seconds_of_streams(streams)
  return streams == "wait" and math.huge or tonumber(streams) or 0
end

-- What src/idle is told: the options of wait_idle, or what holds without them.
local function reckoning(service, options)
  return core.idle_begin(service.history, {
    timeout = math.min(options.timeout or core.check.IDLE_TIMEOUT, 1e6),
    tolerance = options.tolerance or 0.02, min = options.min or 1, below = options.below or 1,
    routing = options.routing or 1.5, ignore = options.ignore or 0,
    streams = seconds_of_streams(options.streams), unready_after = options.fail_ready_after,
    drained_at = service.drained_at, closes_idle = service.driver.close_idle ~= nil,
  })
end

-- idle.wait(service, options, unready) -> true, seconds; false, why; and what it saw: `idle` for
-- core.idle_facts, `counts` of the last look that succeeded, when it has `begun`.
-- unready(seconds it may take): called once, options.fail_ready_after seconds from now.
function idle.wait(service, options, unready)
  local wait = {
    service = service, driver = service.driver, begun = core.now(), failed = 0, blind = BLIND,
    looks = service.undrained and 1 or UNKNOWN_LOOKS, unready = unready,
    fails_ready = options.fail_ready_after ~= nil, idle = reckoning(service, options),
  }
  if never_answered(wait) then wait.looks, wait.blind = 1, 0 end
  local ok, why = look_until_idle(wait)
  if ok then ok, why = close_door(wait) end
  return ok, ok and core.now() - wait.begun or why, wait
end
