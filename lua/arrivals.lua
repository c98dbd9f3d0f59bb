-- How often new connections come here, and how often a kept one is used: what a service's counters
-- say while it serves, a reading each second for the last minute.
--
-- Not all that comes is somebody who will come again. A replica that was just started gets all the
-- clients that were waiting for it, and one whose neighbour drains gets the neighbour's: hundreds
-- at once, then for some seconds ever fewer, then none. They keep their connections, so they say
-- nothing of how many come from now on. Such bursts are left out: the seconds around one with far
-- more than in the quietest quarter of all, until it is as quiet again. The quietest quarter, since
-- in a replica that is only seconds old the two bursts may well be half of what was seen.
--
-- Where bursts are many they are how people come here (a job on the minute), and all count.
local core = ...

local arrivals = {}
core.arrivals = arrivals

local HISTORY_SECONDS = 60
local BURST_FACTOR = 2     -- times the usual,
local BURST_ABOVE = 4      -- and so many more in a second are no chance: 1 in 300 at 0.5 a second
local BURST_SECONDS = 20   -- one in so many seconds may be left out,
local BURSTS = 2           -- and in a short history as many: the start, a neighbour's drain
local MEMORY = 0.9         -- of what was seen of kept connections a second ago
local CERTAIN = 0.9        -- of the rate at most: what silence proves must not rest on one too high
local START = 0.7          -- of the first second's, which is one at most
local DOUBTFUL = 0.3       -- and at least, however few came

-- arrivals.history() -> an empty record, a bin of new connections for each second.
function arrivals.history()
  return { bins = {}, used = 0, kept = 0 }
end

-- Of each kept connection: how many requests it has sent, in how many seconds.
local function record_use(history, seconds, counts)
  local last = history.counts
  local open = counts.open or counts.http1
  if not (open and counts.requests and last.requests) then return end
  local used = counts.requests - last.requests - (counts.connections - last.connections)
  history.used = MEMORY * history.used + math.max(used, 0)
  history.kept = MEMORY * history.kept + open * seconds
end

-- Adds a reading of the counters at `now` (seconds). Of readings that are further apart each second
-- between them gets its share.
function arrivals.record(history, now, counts)
  local last, bins = history.counts, history.bins
  local seconds = last and now - history.now or 0
  if seconds > 0 and counts.connections >= last.connections then
    for _ = 1, math.max(1, math.min(math.floor(seconds + 0.5), HISTORY_SECONDS)) do
      table.insert(bins, (counts.connections - last.connections) / seconds)
      if #bins > HISTORY_SECONDS then table.remove(bins, 1) end
    end
    record_use(history, seconds, counts)
  end
  history.now, history.counts = now, counts
end

-- What the quietest quarter of the bins does not exceed.
local function usual(bins)
  local sorted = table.move(bins, 1, #bins, 1, {})
  table.sort(sorted)
  return sorted[(#sorted + 3) // 4]
end

-- The bins outside of bursts, and the number of bursts.
local function without_bursts(bins)
  local level = usual(bins)
  local limit = BURST_FACTOR * level + BURST_ABOVE
  local rest, bursts, index = {}, 0, 1
  while index <= #bins do
    local first, burst = index, false
    while bins[index] and bins[index] > level do
      burst = burst or bins[index] > limit
      index = index + 1
    end
    if burst then
      bursts = bursts + 1
      while bins[index] and bins[index] > 0 and bins[index] < bins[index - 1] do
        index = index + 1
      end
    else
      table.move(bins, first, index - 1, #rest + 1, rest)
    end
    rest[#rest + 1] = bins[index]
    index = index + 1
  end
  return rest, bursts
end

local function mean_and_variance(bins)
  local sum, squares = 0, 0
  for _, count in ipairs(bins) do
    sum, squares = sum + count, squares + count * count
  end
  local mean = sum / #bins
  return mean, squares / #bins - mean * mean
end

-- How much of a rate is certain, of which so many have been seen: a deviation below it.
local function certainty(seen)
  return math.max(DOUBTFUL, math.min(1 - 1 / math.sqrt(seen), CERTAIN))
end

-- arrivals.rate(history, connections) -> new connections a second; and how many of them are
-- certain enough to prove something by staying away. These are fewer: where few were seen; where
-- they come in groups, of which only one thing can be learned each (variance above the mean); and
-- where the history is short: a rate seen for four seconds may be a start. The first second, of
-- which all `connections` so far may be, is everybody's start: what came in it says hardly more
-- than that somebody comes.
function arrivals.rate(history, connections)
  if #history.bins <= 1 then
    local rate = math.min(history.bins[1] or connections, 1)
    return rate, START * rate
  end
  local bins, bursts = without_bursts(history.bins)
  if #bins == 0 or bursts > math.max(BURSTS, #history.bins / BURST_SECONDS) then
    bins = history.bins
  end
  local mean, variance = mean_and_variance(bins)
  if mean <= 0 then return 0, 0 end
  local group = variance / mean / (1 + 2 * math.sqrt(2 / #bins)) -- two deviations: no chance
  local certain = certainty(mean * #bins) / math.max(1, group)
  return mean, math.min(certain * mean, (#history.bins) ^ 2)
end

-- arrivals.use(history) -> requests a second of one kept connection; nil: not known
function arrivals.use(history)
  return history.kept > 0 and history.used / history.kept or nil
end
