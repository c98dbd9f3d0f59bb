-- A service that does not say how busy it is (its admin refuses, hangs, or hides its statistics) is
-- watched through its sockets: the kernel knows its connections, and on how many of them data came
-- last. That is less than statistics: nobody counts new connections, and a request that comes and
-- is answered between two looks is not seen. So the rule of idle.lua for services that count no
-- connections holds: a long silence must do; and 5 s, while connections are open.
--
-- Who could not be told to leave goes on sending for ever. There it is bounded: UNTELLABLE seconds,
-- in which routing has very likely moved; then any moment in which nobody is busy.
--
-- One that has read nothing for STUCK seconds, although somebody sent, and has sent nothing to
-- anybody is frozen: nobody inside will get an answer, and who comes is better refused. It is left.
--
-- The kernel does not tell either (not allowed, no TCP port, a sandbox): idle.lua waits BLIND
-- seconds, whatever happens; none, if the service never said anything: very likely it has not got
-- ready. Which of these it is is said, in one line.
local core = ...

local idle_sockets = {}
core.idle_sockets = idle_sockets

local LOOK = 1         -- seconds that a look may take
local UNTELLABLE = 5   -- seconds
local STUCK = 6        -- seconds: a machine that only stalls goes on sooner
local MOMENT = 2       -- seconds after these in which a moment is looked for

local function say(wait, text, active)
  core.event({ service = wait.service.name, what = "watching", warning = true, reason = "unknown",
    in_flight = active, why = "it does not say how busy it is (" .. wait.why .. "): " .. text })
end

-- From now on `wait` looks at sockets only.
local function begin(wait, open, active)
  wait.by_sockets = true
  wait.look = function() return idle_sockets.counts(wait) end
  if not core.drained_at(wait.service.number) then
    core.idle_limit(wait.idle, UNTELLABLE + MOMENT, MOMENT)
  end
  local _, seconds = core.idle_left(wait.idle)
  say(wait, core.format("its sockets are watched, up to %.1f s; %d open",
    math.min(seconds + core.now() - wait.begun, core.free()), open), active)
end

local function say_blind(wait)
  if wait.said_blind then return end
  wait.said_blind = true
  say(wait, core.format("nor does the kernel; it gets %.1f s",
    math.min(wait.blind, (core.idle_left(wait.idle)))))
end

-- idle_sockets.counts(wait) -> counts of core.sockets; nil: the kernel does not tell either.
-- `wait` is that of idle.lua: `why` says what the service answered, `blind` how long it is waited
-- for then.
function idle_sockets.counts(wait)
  local counts, stuck, open, active = core.sockets(wait.service.number, LOOK)
  if not counts then return say_blind(wait) end
  if stuck >= STUCK then
    wait.blind = 0
    say(wait, core.format("it has read and sent nothing for %.1f s", stuck), active)
    return nil
  end
  if not wait.by_sockets then begin(wait, open, active) end
  return counts
end
