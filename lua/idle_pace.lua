-- When wait_idle looks next. Each look costs Envoy's main thread something, so none is made that
-- cannot change anything; but who comes between two looks is taken to have come just now, so late
-- looks make long waits.
--
--   it cannot leave yet (min, a request came a moment ago)   shortly before it can, then then
--   silence must prove more                                   after an eighth of what it takes
--   a request in flight, a connection that was not told       it may be over at any moment
local core = ...
local evidence = core.evidence

local pace = {}
core.idle_pace = pace
pace.QUIET = 0.25      -- seconds without a new request

local QUIET = pace.QUIET
local PART = 1 / 8     -- of the silence that it takes: who comes is dated late by no more
local SHARE = 0.05     -- of the time since the signal, where it may be over at any moment
local LONGEST = 0.2    -- seconds, then: the last request has ended for no longer when it is seen
local APART = 1        -- seconds at most: as often as while it serves

-- Seconds until it may leave at the earliest, whatever happens: the minimum, and no new request.
local function fixed_seconds(wait)
  return math.max(wait.min - core.elapsed(), wait.busy_at + wait.quiet - core.now())
end

-- Of the silence that is needed; nil: none is.
local function silence_step(wait)
  if not wait.silence then return PART * wait.quiet end
  local least = evidence.least_silence(wait.silence, core.idle_news.time(wait), wait.tolerance)
  return least > 0 and PART * least or nil
end

-- pace.seconds_left(wait) -> seconds that it may still take: its own limit, or what the grace
-- leaves to the policy.
function pace.seconds_left(wait)
  return math.min(wait.until_time - core.now(), core.free())
end

-- pace.seconds(wait, changing_s or nil) -> seconds until the next look, at least wait.poll.
-- changing_s: something may end at any moment, and does so in so many seconds.
function pace.seconds(wait, changing_s)
  local fixed, step = fixed_seconds(wait), silence_step(wait)
  local seconds = fixed
  if fixed > QUIET + wait.poll then seconds = fixed - QUIET end
  if step and fixed > step then
    seconds = math.min(seconds, math.max(step, QUIET))
  elseif step then
    seconds = step
  end
  if changing_s then
    seconds = math.max(seconds, math.min(SHARE * core.elapsed(), LONGEST, changing_s))
  end
  return math.max(math.min(seconds, APART), wait.poll)
end
