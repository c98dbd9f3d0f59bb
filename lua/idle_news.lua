-- What two looks say together: does somebody still come, and was somebody told to go? A probe that
-- never stops must not count: with `ignore` so many new connections and requests a second do not.
-- It is not found out: a probe looks like a client whom a slow balancer still sends here.
local core = ...
local arrivals, evidence = core.arrivals, core.evidence

local news = {}
core.idle_news = news

local LATE = 1  -- seconds after the signal: who came since nobody looked may have come just now
local SAVED = 2 -- probes that may come at once: they are not on time

-- news.time(wait) -> seconds since balancers can know: since the signal, or, where they look at
-- readiness, since that fails.
function news.time(wait)
  return math.max(core.elapsed() - wait.unready_after, 0)
end

-- How many were told to close between two looks; where that is not counted, how many kept
-- connections a drain has closed.
local function told_between(wait, last, counts)
  if counts.told and last.told then return counts.told - last.told end
  if not (wait.service.drained_at and counts.http1 and last.http1) then return 0 end
  return last.http1 + (counts.connections or 0) - (last.connections or 0) - counts.http1
end

-- news.begin(wait, counts) at the first look: is there evidence, or only silence? The last reading
-- before the shutdown says who has come, and was told, before anybody looked.
function news.begin(wait, counts)
  local history = wait.service.history
  local before = history.counts or counts
  wait.first, wait.before, wait.silence = counts, before, nil
  if not counts.connections then return end
  local rate, proof = arrivals.rate(history, counts.connections)
  wait.rate, wait.use = math.max(rate - wait.ignore, 0), arrivals.use(history)
  wait.silence = evidence.silence(wait.rate, math.max(proof - wait.ignore, 0), wait.use,
    wait.routing)
  local t, told = news.time(wait), told_between(wait, before, counts)
  local unseen = counts.connections - (history.counts and before.connections or 0)
  if told > 0 then evidence.on_told(wait.silence, t, told) end
  if t >= LATE and unseen > 0 then evidence.on_connection(wait.silence, t, unseen) end
end

-- news.untold(wait) -> kept connections that nobody told to close; who has a request in flight is
-- told with it. HTTP/2 connections that were told stay open for a while: of those that were there
-- before the drain, or came since, the ones that were told are taken off.
function news.untold(wait)
  local counts, before = wait.counts, wait.before
  local kept = counts.open and counts.open - (counts.streams or 0) or counts.http1 or 0
  if counts.open and counts.told and before.open and before.told then
    kept = math.min(kept, before.open - (before.streams or 0)
      + counts.connections - before.connections - (counts.told - before.told))
  end
  return math.max(kept - counts.active, 0)
end

-- news.expected_failures(wait) if it were left now, where connections are counted: of those who
-- still come, and of those who are still connected.
function news.expected_failures(wait)
  return evidence.expected_failures(wait.silence, news.time(wait))
    + evidence.lost_at_exit(news.untold(wait), wait.use, core.now() - wait.busy_at)
end

-- How many of `count`, since the last look, were no probes.
local function without_probes(wait, name, count, seconds)
  if wait.ignore <= 0 then return count end
  local saved = math.min(wait.saved[name] or SAVED, SAVED) + wait.ignore * seconds
  wait.saved[name] = math.max(saved - count, 0)
  return count > saved and count or 0
end

-- news.compare(wait, last counts, counts, seconds between them) -> does somebody still come? Where
-- only those inside are counted each of them may be a new one; else one that ends says nothing.
function news.compare(wait, last, counts, seconds)
  local function grown(name, count)
    return without_probes(wait, name, count or (counts[name] or 0) - (last[name] or 0), seconds)
  end
  local requests, connections = grown("requests"), grown("connections")
  local told = grown("told", told_between(wait, last, counts))
  if wait.silence then
    local t = news.time(wait)
    if connections > 0 then evidence.on_connection(wait.silence, t, connections) end
    if told > 0 then evidence.on_told(wait.silence, t, told) end
    if counts.requests then return requests > 0 end
  end
  return requests > 0 or counts.active >= wait.below
end
