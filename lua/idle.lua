-- The least wait: leave when the expected number of failures, were we to leave now, is below a
-- tolerance, and nobody is inside. Unknown is never idle. Where new connections are not counted,
-- nothing can be expected: then a long silence must do.
--
-- Happy path: poll -> nothing in flight, nothing arriving, expected failures below the tolerance,
-- nobody left who was never told -> stop accepting -> one more stable look -> idle.
--
-- What can go wrong: the service does not say (three looks in a row; one, if it could not be
-- drained): then its sockets do (idle_sockets.lua), and where the kernel does not tell either, it
-- gets BLIND seconds, in which its clients go ("unknown"); it exits; the time is up, or the
-- deadline is near ("timeout").
local core = ...
local evidence, news, pace = core.evidence, core.idle_news, core.idle_pace
local effect = core.idle_effect

local idle = {}
core.idle = idle

local POLL = 0.1            -- seconds between two looks, and at least
local POLL_FACTOR = 10      -- times what a look costs, so that looking stays below a tenth
local QUIET = pace.QUIET
local SILENCE = 2           -- times `routing`, without anybody inside, where connections are not
                            -- counted: routing has moved, or nobody uses it
local UNTOLD = 5            -- seconds before a connection that was never told may be cut: clients
                            -- that do not notice a close check a connection idle for so long
local UNKNOWN_LOOKS = 3
local BLIND = 5             -- seconds, where nobody can tell
local ROUTING_MIN = 0.01    -- seconds
local LAST_CHANCE = 0.5     -- seconds before the time is up, and at most
local LAST_PART = 0.1       -- of the time that there was
local TICK = 0.001         -- seconds; a shorter pause is none
local ANSWER = 0.5          -- seconds that a look may take

-- What the service says, or, once it has failed too often, what its sockets do; nil: nothing.
local function counts_of(wait)
  if not wait.by_sockets then
    local counts, why = core.counts_of(wait.service, ANSWER)
    wait.failed, wait.why = counts and 0 or wait.failed + 1, why
    if wait.failed < wait.looks or why == "no time left" then return counts end
  end
  return core.idle_sockets.counts(wait)
end

-- May idle connections be cut now? Until then it need not be known how long they must be silent.
local function may_cut(wait, now)
  return (wait.counts.http1 or 0) == 0 or now - wait.drained_at >= UNTOLD
end

-- One look; sets what it saw in `wait`. false, "exited" or "unknown" when it cannot go on.
local function look(wait)
  if core.state(wait.service.number) ~= "running" then return false, "exited" end
  local before, by_sockets = core.now(), wait.by_sockets
  local counts = counts_of(wait)
  local now = core.now()
  wait.known, wait.poll = counts ~= nil, POLL
  if not counts then
    if wait.why == "no time left" then return false, "timeout" end
    if wait.failed >= wait.looks and now - wait.known_at >= wait.blind then
      return false, "unknown"
    end
    return true
  end
  local last, seconds = wait.counts, now - wait.known_at
  wait.known_at = now
  if wait.by_sockets == by_sockets then
    wait.poll = math.max(POLL, POLL_FACTOR * (now - before))
  else
    last = nil -- they count other things
  end
  if not last or news.compare(wait, last, counts, seconds) then wait.busy_at = now end
  wait.counts = counts
  if last and wait.silence and may_cut(wait, now) then
    wait.quiet = math.max(QUIET,
      evidence.exit_silence(news.untold(wait), wait.use, wait.tolerance))
  end
  if not last then
    wait.expected = nil
    news.begin(wait, counts)
    if not wait.silence then wait.quiet = math.max(QUIET, SILENCE * wait.routing) end
  end
  if not last and not wait.by_sockets then
    core.event({ service = wait.service.name, what = "waiting", in_flight = counts.active,
      why = core.format("until it is idle, up to %.1f s",
        pace.seconds_left(wait) + now - wait.begun) })
  end
  return true
end

-- Was everybody told, or has waited long enough not to be surprised?
local function told(wait)
  if (wait.counts.http1 or 0) == 0 then return true end
  effect.look(wait)
  return not effect.none(wait) and may_cut(wait, core.now())
end

-- Requests in flight, and streams as long as they may stay.
local function inside(wait)
  local streams = core.now() < wait.streams_until and wait.counts.streams or 0
  return wait.counts.active + streams
end

-- May the service be left now?
local function may_leave(wait)
  if not wait.known then return false end
  local all_told = told(wait) -- says so if the drain does nothing, however busy it is
  if not all_told or inside(wait) >= wait.below or core.now() - wait.busy_at < wait.quiet
    or core.elapsed() < wait.min then
    return false
  end
  if not wait.silence then return true end
  wait.expected = news.expected_failures(wait)
  return wait.expected <= wait.tolerance
end

-- Seconds in which somebody who keeps us will be gone, and may be at any moment; nil: nobody does.
local function changing(wait)
  if wait.counts.active >= wait.below then return math.huge end
  if inside(wait) >= wait.below then return wait.streams_until - core.now() end
  if (wait.counts.http1 or 0) == 0 then return nil end
  local seconds = wait.drained_at + UNTOLD - core.now()
  return seconds > 0 and seconds or nil
end

-- Until the next look. The time before the end in which any moment will do is not slept through.
-- Where requests are not counted, none may come and go between two looks: they are frequent.
local function pause_seconds(wait, left)
  local seconds = wait.poll
  if wait.known and wait.counts.requests then seconds = pace.seconds(wait, changing(wait)) end
  if wait.unready_at then seconds = math.min(seconds, wait.unready_at - core.now()) end
  if left > wait.last_chance then
    return math.max(math.min(seconds, left - wait.last_chance), TICK)
  end
  return math.min(wait.poll, left)
end

-- Pauses, but not on after the service has exited. False: the deadline has shortened it.
local function pause(wait, seconds)
  local begun = core.now()
  return core.wait(wait.service.number, "exited", seconds, "anything")
    or core.now() - begun >= seconds - TICK
end

local function nobody_inside(wait)
  return wait.known and inside(wait) < wait.below
end

-- Some balancers look at readiness only: they are told when it is time for it.
local function fail_ready(wait)
  if not wait.unready_at or core.now() < wait.unready_at then return end
  wait.unready_at = nil
  wait.unready(math.max(wait.until_time - core.now(), POLL))
end

-- Looks until `done(wait)`; false and why when that does not come. Shortly before the time is up a
-- moment in which nobody is inside is better to leave than the end of the time.
local function look_until(wait, done)
  while true do
    fail_ready(wait)
    local can, why = look(wait)
    if can and core.close_idle.look(wait) then can, why = look(wait) end -- that took its time
    if not can then return false, why end
    if done(wait) then return true end
    local left = pace.seconds_left(wait)
    if left <= wait.last_chance and nobody_inside(wait) then return false, "timeout" end
    if left < TICK or not pause(wait, pause_seconds(wait, left)) then
      return false, wait.known and "timeout" or "unknown"
    end
  end
end

local function is_still(wait)
  return nobody_inside(wait) and core.now() - wait.busy_at >= QUIET
end

-- Late clients are refused from now on, which is safe to repeat; who came in before is served.
local function close_door(wait)
  if not wait.driver.close then return true end
  wait.driver.close(ANSWER)
  if not wait.by_sockets then return look_until(wait, is_still) end
  pause(wait, QUIET) -- the kernel knows a service by its listening sockets, which are gone now
  return true
end

-- It has never answered and does not drain. Where it is still starting (nobody can be connected),
-- to wait would only let it get ready, and let people in.
local function never_answered(wait)
  return not wait.service.answered and not wait.service.drained_at
end

-- Until when streams count as inside; `begun`: they do not.
local function streams_until(streams, begun)
  if streams == "wait" then return math.huge end
  return begun + (tonumber(streams) or 0)
end

-- idle.wait(service, options, drained_at, unready) -> true, seconds; false, why; and what it saw.
-- unready(seconds it may take): called once, options.fail_ready_after seconds from now.
function idle.wait(service, options, drained_at, unready)
  local begun = core.now()
  local until_time = begun + math.min(options.timeout or core.check.IDLE_TIMEOUT, 1e6)
  local wait = {
    service = service, driver = service.driver, begun = begun, busy_at = begun, known_at = begun,
    failed = 0, looks = service.undrained and 1 or UNKNOWN_LOOKS, blind = BLIND,
    drained_at = drained_at or begun, until_time = until_time,
    tolerance = options.tolerance or 0.02, min = options.min or 1, below = options.below or 1,
    quiet = QUIET, poll = POLL, routing = math.max(options.routing or 1.5, ROUTING_MIN),
    ignore = options.ignore or 0, saved = {},
    streams_until = streams_until(options.streams, begun),
    unready_after = 0, unready = unready,
  }
  wait.last_chance = math.min(LAST_CHANCE, LAST_PART * pace.seconds_left(wait))
  if never_answered(wait) then wait.looks, wait.blind = 1, 0 end
  if options.fail_ready_after then
    wait.unready_at = begun + options.fail_ready_after
    wait.unready_after = core.elapsed() + options.fail_ready_after
  end
  local ok, why = look_until(wait, may_leave)
  if ok then ok, why = close_door(wait) end
  return ok, ok and core.now() - begun or why, wait
end
