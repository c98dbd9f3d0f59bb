-- What is known about who still sends work here: how often new connections came before the
-- shutdown, and how long routing usually takes to move away. From these, the expected number of
-- failures if we left now.
--
--   E(t) = damage x P(still routed at t | silence since a) x mean time it stays routed
--   prior of the routing delay: S(t) = 1 / (1 + (t / m)^3), f = -S'
--   posterior: n / (n + w), n = S(t) exp(-r (t - a)),
--              w = integral over [a, t] of f(u) exp(-r (u - a))
--
-- t: seconds since the signal; a: the last new connection after it; m: the routing knob; rate: new
-- connections a second, the damage if we left while still routed; r = 0.7 x rate, since what
-- silence proves must not rest on a rate that is a little too high.
local core = ...

local evidence = {}
core.evidence = evidence

local HISTORY_SECONDS = 60
local BLOCK_SECONDS = 10
local BLOCKS = HISTORY_SECONDS // BLOCK_SECONDS
local CAUTION = 0.7

-- evidence.history(now) -> an empty record of new connections, a bin for each second.
function evidence.history(now)
  return { bins = {}, begun = now }
end

-- Adds a reading of the counter of connections at `now` (seconds).
function evidence.record(history, now, connections)
  if history.now and now > history.now and connections >= history.connections then
    table.insert(history.bins, (connections - history.connections) / (now - history.now))
    if #history.bins > HISTORY_SECONDS then table.remove(history.bins, 1) end
  end
  history.now, history.connections = now, connections
end

-- Means of blocks of `length` bins, the newest first, sorted by size.
local function block_means(bins, length)
  local means = {}
  for last = #bins, length, -length do
    local sum = 0
    for index = last - length + 1, last do sum = sum + bins[index] end
    means[#means + 1] = sum / length
  end
  table.sort(means)
  return means
end

-- evidence.rate(history) -> new connections a second: the median of the means of ten-second
-- blocks, so that one burst (another replica's drain a moment ago) does not count. A history that
-- is too short for six of them is cut into shorter ones, since it begins with a burst: the clients
-- that were waiting for the start. Where most blocks are empty, the mean without the largest.
-- No history at all (a shutdown in the first second) gives the mean of all `connections` so far.
function evidence.rate(history, now, connections)
  local bins = history.bins
  local means = block_means(bins, math.max(1, math.min(#bins // BLOCKS, BLOCK_SECONDS)))
  if #means == 0 then return connections / math.max(now - history.begun, 1) end
  local middle = (#means + 1) // 2
  local median = (means[middle] + means[#means + 1 - middle]) / 2
  if median > 0 or #means == 1 then return median end
  local sum = 0
  for index = 1, #means - 1 do sum = sum + means[index] end
  return sum / (#means - 1)
end

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

-- evidence.silence(rate, m) -> the state of the estimate; a is 0, the signal itself.
function evidence.silence(rate, m)
  return { rate = rate, m = m, a = 0, t = 0, w = 0 }
end

-- Somebody connected at t: whatever silence had proved is void.
function evidence.on_connection(state, t)
  state.a, state.t, state.w = t, t, 0
end

-- evidence.expected_failures(state, t) -> E(t). Call it with growing t.
function evidence.expected_failures(state, t)
  if state.rate <= 0 then return 0 end
  local r = CAUTION * state.rate
  state.w = state.w + core.silence_weight(state.t, t, state.a, state.m, r)
  state.t = math.max(state.t, t)
  local n = still_routed(t, state.m) * math.exp(-r * (t - state.a))
  if n + state.w <= 0 then return 0 end
  return state.rate * n / (n + state.w) * mean_stay(t, state.m)
end
