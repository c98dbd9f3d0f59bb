-- Draining: what policies call, and what watches a service while it serves. How a service drains
-- is its driver's business: see driver.lua.
local core, api = ...
local check = core.check

local SAMPLE = 1      -- seconds between two readings while serving
local SAMPLE_MAX = 10 -- and at most, however much a reading costs the service
local SAMPLE_LATE = 5 -- seconds that one may take: giving up early costs the service as much
local SHARE = 100     -- a reading may cost one part in so many of the time

local function verify(service)
  local problem = service.driver.verify()
  if problem then
    core.event({ service = service.name, what = "drain", why = problem, warning = true })
  end
end

-- Has the driver counted? true, and it is noted for core.count; nil, why.
function core.counts_of(service, seconds)
  local counted, why = service.driver.counts(seconds)
  if counted then service.answered = true end
  return counted, why
end

-- Counts new connections, seldom where that takes the service long. The cheaper of two readings
-- says what it costs: the other may have had to wait for something else.
local function sample(service)
  local cost = 0 -- of the reading before
  while true do
    local begun = core.now()
    local counted = core.counts_of(service, SAMPLE_LATE)
    if counted then core.history_record(service.history, service.number) end
    local took = core.now() - begun
    core.sleep(math.max(SAMPLE, math.min(SHARE * math.min(took, cost), SAMPLE_MAX)))
    cost = took
  end
end

-- Begins to watch a service that drains, beside all else, until a shutdown begins.
function core.watch(service)
  service.history = core.history()
  if service.driver.verify then core.spawn(verify, service) end
  if service.driver.counts then core.spawn(sample, service) end
end

-- Asks the driver to have clients told; an event says what came of it.
local function ask(service, what, how, seconds)
  local begun = core.now()
  local ok, detail, status = how(seconds)
  local took = core.now() - begun
  if ok then
    core.mark_drained(service.number, begun)
    core.event({ service = service.name, what = what, why = detail, took = took })
    return true
  end
  service.undrained = not core.drained_at(service.number)
  detail = detail or "unknown" -- a driver of somebody else need not say
  core.event({ service = service.name, what = what, took = took, warning = true, reason = detail,
    why = "FAILED: " .. detail .. (status and " " .. status or "") })
  return false, detail, status
end

-- drain(who, { timeout = 2 }) -> true; false, why, status. The service is asked to let its clients
-- go; it goes on serving. why: "timeout", "refused", "reset", "status" (then its HTTP status),
-- "not running", "no time left", "unknown"; "no drain": services.lua does not say how. It waits.
function api.drain(who, options)
  local service = check.service("drain", who)
  options = check.options("drain", options)
  if not service.driver then return false, "no drain" end
  if core.state(service.number) ~= "running" then return false, "not running" end
  return ask(service, "drain", service.driver.drain, options.timeout or 2)
end

-- Has load balancers that ask told that the service is not ready.
local function unready(service, seconds)
  local how = service.driver.fail_ready or function() return false, "no drain" end
  return ask(service, "not ready", how, seconds)
end

-- fail_ready(who, { timeout = 2 }) -> true; false, why, status; false, "no drain". The service goes
-- on serving, but tells load balancers that ask that it is not ready. With Envoy every response
-- then closes its connection, too. Too early it hurts: some balancers stop routing here only after
-- several failed looks, and refuse new connections meanwhile. It waits.
function api.fail_ready(who, options)
  local service = check.service("fail_ready", who)
  options = check.options("fail_ready", options)
  if not (service.driver and service.driver.fail_ready) then return false, "no drain" end
  if core.state(service.number) ~= "running" then return false, "not running" end
  return unready(service, options.timeout or 2)
end

-- One of the counts; nil, why.
local function count(call, who, name)
  local service = check.service(call, who)
  if core.state(service.number) ~= "running" then return nil, "not running" end
  if not (service.driver and service.driver.counts) then return nil, "unknown" end
  local counted, why = core.counts_of(service, 1)
  if not counted then return nil, why end
  local number = core.count(service.number, name)
  if not number then return nil, "unknown" end
  return number
end

-- in_flight(who) -> requests in flight; nil, why. It waits for the answer, at most 1 s.
function api.in_flight(who)
  return count("in_flight", who, "active")
end

-- connections(who) -> open connections of clients, idle ones and WebSockets too; nil, why. Others
-- wait until there are none; clients with idle pools keep theirs for an hour. It waits, as above.
function api.connections(who)
  return count("connections", who, "open")
end

-- No mistake that raises: the time may be computed from what is left of the grace.
local function say_if_never_unready(who, options)
  local problem = check.unready_problem(options)
  if not problem then return end
  core.event({ service = who, what = "not ready", why = problem, warning = true })
end

-- wait_idle(who, { timeout = 15, tolerance = 0.02, routing = 1.5, min = 1, below = 1,
--   streams = "cut", ignore = 0, fail_ready_after }) -> true, seconds, expected failures; false,
-- "timeout" / "unknown" / "exited". Where the driver does not count connections the expected
-- failures are not known: nil.
-- Waits until nobody is inside (fewer than `below` requests) and the expected number of failures,
-- if we left now, is at most `tolerance`. routing: how long, typically, new connections still come
-- here (seconds). min: at least so long after the signal. streams (WebSockets): "cut" when all
-- else is done, "wait" for them, or so many seconds. ignore: connections and requests a second
-- that do not count: probes. fail_ready_after: fail_ready() after so many seconds, for balancers
-- that look at readiness only. Then it stops accepting. See README.md and idle.lua. A service that
-- does not say how busy it is is watched through its sockets: idle_sockets.lua.
function api.wait_idle(who, options)
  local service = check.service("wait_idle", who)
  options = check.options("wait_idle", options)
  if core.state(service.number) ~= "running" then return false, "exited" end
  if not (service.driver and service.driver.counts) then return false, "unknown" end
  say_if_never_unready(who, options)
  local ok, result, wait = core.idle.wait(service, options, function(seconds)
    unready(service, math.min(seconds, 2))
  end)
  local facts = core.idle_facts(wait.idle)
  if ok then
    core.event({ service = who, what = "idle", took = result, in_flight = facts.active,
      why = core.idle_reason.left(facts) })
    return true, result, facts.expected
  end
  core.event({ service = who, what = "not idle", warning = true, reason = result,
    why = core.idle_reason.stayed(facts, result), took = core.now() - wait.begun,
    in_flight = facts.active })
  return false, result
end
