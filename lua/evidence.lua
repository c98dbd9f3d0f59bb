-- What is known about who still sends work here, from how often new connections came before the
-- shutdown (arrivals.lua), how long routing usually takes to move away, and who came since. From
-- these, the expected number of failures if we left now.
--
--   E(t) = P(still routed at t | silence since a) x (rate x stay + SHARE x away x back)
--   prior of the routing delay: S(t) = 1 / (1 + (t / m)^3), f = -S'
--   posterior: n / (n + w), n = S(t) exp(-H(t)), w = integral over [a, t] of f(u) exp(-H(u))
--
-- t: seconds since the signal; a: the last new connection after it; m: the routing knob; rate: new
-- connections a second, the damage if we left while still routed; stay: the mean time for which it
-- stays routed. H: how many would have come since a, were it still routed.
--
-- Two kinds of people come. Some are new: H grows by `proof` a second, which is less than their
-- rate, since too high a rate makes silence prove too much. The others are our own clients: told to
-- close, each comes back to *some* replica when it sends its next request. Those who were told and
-- have not come back yet are `away`: after s seconds exp(-use x s) of them, where `use` is how
-- often a kept connection was used. Each comes back here with a probability that we do not know:
-- one in two for the damage that they do (SHARE), one in ten for what their silence proves (PROOF).
-- back: the part of them that comes before routing has moved.
--
-- And some are still here, never told, and send nothing: who sends while the service exits is lost.
--
-- So a busy pool that was told, and of which nobody comes back, proves within a moment that routing
-- has moved; and while routing leads here, we do not leave between the last two of them.
local core = ...

local evidence = {}
core.evidence = evidence

local SHARE = 0.5
local PROOF = 0.1   -- at first; when some have come back here, CERTAIN times as many as did
local CERTAIN = 0.7
local EXIT = 0.015  -- seconds from TERM until Envoy has closed its connections (measured, 1.40.0)
local LONG = 5      -- seconds of silence: more are not asked for, however low the tolerance is

local function still_routed(t, m)
  return 1 / (1 + (t / m) ^ 3)
end

-- The mean time that routing stays, given that it has stayed until t: the integral of S from t on,
-- divided by S(t). The antiderivative of 1 / (1 + x^3) has a closed form.
local function mean_stay(t, m)
  local x = t / m
  local root = math.sqrt(3)
  local antiderivative = math.log(1 + x) / 3 - math.log(x * x - x + 1) / 6
    + math.atan((2 * x - 1) / root) / root
  return m * (math.pi / (2 * root) - antiderivative) / still_routed(t, m)
end

-- evidence.silence(rate, proof, use or nil, m) -> the state of the estimate; a is 0, the signal.
function evidence.silence(rate, proof, use, m)
  return {
    rate = rate, proof = proof, use = use or 0, m = m,
    t = 0, w = 0, missed = 0, away = 0, told_at = 0, told = 0, came = 0, proves = PROOF,
  }
end

-- w, H and `away` at t, if nobody has come since state.t.
local function project(state, t)
  local seconds = t - state.t
  if seconds <= 0 then return state.w, state.missed, state.away end
  local away = state.away * math.exp(-state.use * seconds)
  local missed = state.proof * seconds + state.proves * (state.away - away)
  local w = math.exp(-state.missed)
    * core.silence_weight(state.t, t, state.t, state.m, missed / seconds)
  return state.w + w, state.missed + missed, away
end

-- E(t), and the mean stay.
local function expected(state, t)
  local w, missed, away = project(state, t)
  local n = still_routed(t, state.m) * math.exp(-missed)
  local stay = mean_stay(t, state.m)
  if n + w <= 0 then return 0, stay end
  local back = state.use * stay / (1 + state.use * stay)
  return n / (n + w) * (state.rate * stay + SHARE * away * back), stay
end

-- Nobody was seen until t.
local function advance(state, t)
  state.w, state.missed, state.away = project(state, t)
  state.t = math.max(state.t, t)
end

-- So many connected, the last of them at t: whatever silence had proved is void. How many of those
-- who were told came back here says how many would, were it still routed.
function evidence.on_connection(state, t, connections)
  advance(state, t)
  state.w, state.missed = 0, 0
  state.came = state.came + connections
  local seen = CERTAIN * (state.came - state.rate * t) / math.max(state.told - state.away, 1)
  state.proves = math.min(math.max(seen, PROOF), SHARE)
end

-- So many connections were told to close since the last call, evenly until t: the more came early,
-- the fewer of them are really still away.
function evidence.on_told(state, t, connections)
  local gone = state.use * (t - state.told_at)
  advance(state, t)
  state.told_at, state.told = t, state.told + connections
  state.away = state.away + connections * (gone > 0 and (1 - math.exp(-gone)) / gone or 1)
end

local function nobody_comes(state)
  return state.rate <= 0 and state.away * state.use <= 0
end

-- evidence.expected_failures(state, t) -> E(t). Call it with growing t.
function evidence.expected_failures(state, t)
  if nobody_comes(state) then return 0 end
  advance(state, t)
  return (expected(state, t))
end

-- evidence.least_silence(state, t, tolerance) -> seconds of silence that it takes from t on until E
-- may be low enough; 0: it is. It takes no less, maybe more: E falls by proof x (1 - P) + 1 / stay,
-- for those who are away by how often they come besides, and the mean stay only grows.
function evidence.least_silence(state, t, tolerance)
  if nobody_comes(state) then return 0 end
  local failures, stay = expected(state, t)
  if failures <= tolerance then return 0 end
  local fall = state.proof + 1 / stay
  if state.away > 0 then fall = fall + state.use * (1 + state.proves * state.away) end
  return math.log(failures / math.max(tolerance, 1e-9)) / fall
end

-- evidence.lost_at_exit(untold, use or nil: unknown, silent) -> how many requests of so many kept
-- connections that nobody told to close will be lost, if they have sent nothing for so many
-- seconds. How often they send together is not known: the less, the longer they are silent (the
-- mean of an exponential prior untold x use, given no request).
function evidence.lost_at_exit(untold, use, silent)
  if untold <= 0 or silent >= LONG then return 0 end
  return EXIT / (1 / (untold * (use or math.huge)) + silent)
end

-- evidence.exit_silence(untold, use or nil, tolerance) -> seconds of silence after which they lose
-- no more than that.
function evidence.exit_silence(untold, use, tolerance)
  if untold <= 0 then return 0 end
  return math.min(EXIT / tolerance - 1 / (untold * (use or math.huge)), LONG)
end
