-- What a driver is: a table which says how one service drains. envoy{}, nginx{}, haproxy{}, http{}
-- and signal{} make one; services.lua may have one of its own (lua/README.md). All but `drain` may
-- be missing; what raises counts as "unknown". `who` is the service's name; `seconds` what the
-- call may take. The functions run while lastcall serves or stops, never while services.lua is
-- read, so they may wait: http.get, run, signal, sleep and the like are there.
--
-- What takes longer than it may is cancelled: "timeout".
--
--   drain(who, seconds)     -> true, what to log; false, why, status. The service goes on serving
--   in_flight(who, seconds) -> requests in flight; nil, why. Or more, as far as it is known:
--                              { active = requests in flight, open = connections, http1 = those
--                                of HTTP/1.1, streams = those that never end, requests =,
--                                connections =, told = to close: how many so far }
--   fail_ready(who, seconds)   tells load balancers that it is not ready; results as those of drain
--   close_idle(who, seconds)   has idle connections closed, gently: true; false, why; nil: it
--                              cannot, and has said so
--   close(who, seconds)     stops accepting; asked for when nobody is inside any more
--   verify(who)             -> one line about what will not work, or nil; once, after the start
--   arguments(who)          -> words to add to the command
--   stop                    the signal that stop(who) sends if it is not told: "QUIT"; else TERM
--   files                   paths to remove before the start and at the end
local core, api = ...
local check = core.check

local driver = {}
core.driver = driver

local LIVE = 10        -- seconds in which a service must say how busy it is
local LOOK = 1         -- seconds that a look may take then
local LOOK_AGAIN = 0.1

local fields = {
  drain = "function", in_flight = "function", close = "function", verify = "function",
  fail_ready = "function", close_idle = "function", arguments = "function",
  stop = "text", files = "list",
  prepare = "function", -- (who, words of its command): services.lua was read (envoy{})
  look = "function", -- (number) -> counts(seconds), instead of in_flight (envoy{})
  timely = "flag",                          -- its functions keep to `seconds` by themselves
  resort_address = "text", resort_request = "text", -- what the last resort drains with (envoy{})
  simulated = "table", -- { router =, address =, drain_file = }: what lastcall simulate needs
}

driver.counters = { "requests", "connections", "http1", "open", "told", "streams" }

-- The same function, but it takes no longer than it may.
local function limited(f)
  local function results(in_time, ...)
    if in_time then return ... end
    return nil, "timeout"
  end
  return function(who, seconds)
    if not seconds then return f(who) end
    return results(api.with_timeout(seconds, function() return f(who, seconds) end))
  end
end

-- What a driver returns, without reasons that are no text and statuses that are no number: those
-- count as not given.
local function sensible(result, why, status)
  return result, type(why) == "string" and why or nil, type(status) == "number" and status or nil
end

-- The function `name`, for this service. What it raises is said once and is "unknown".
local function protected(who, options, name)
  local f = options[name]
  if f and not options.timely then f = limited(f) end
  local said = false
  local function outcome(ok, ...)
    if ok then return sensible(...) end
    if not said then
      said = true
      core.event({ service = who, what = "drain", warning = true,
        why = ("the driver's %s raises: %s"):format(name, tostring((...))) })
    end
    return nil, "unknown"
  end
  return f and function(seconds) return outcome(pcall(f, who, seconds)) end
end

-- What it counts, checked, and noted: true; nil, why, status.
local function counted(number, in_flight)
  return in_flight and function(seconds)
    local found, why, status = in_flight(seconds)
    if not found then return nil, why or "unknown", status end
    if type(found) == "number" then found = { active = found } end
    if core.note_counts(number, found) then return true end
    return nil, "unknown"
  end
end

-- driver.problem(who, address) -> nil once it is known how busy the service is; else, when it has
-- had time to start, what was said instead at that address, for verify.
function driver.problem(who, address)
  local limit = core.now() + LIVE
  while true do
    local found, why, status = core.services[who].driver.counts(LOOK)
    if found then return nil end
    if core.now() >= limit then
      return ("will not know when it is idle: %s gives '%s'"):format(
        address, status and "status " .. status or why)
    end
    core.sleep(LOOK_AGAIN)
  end
end

-- driver.server_of("http://host:port/path") -> "tcp:host:port"; of "unix:/socket:/path": the socket
function driver.server_of(address)
  local host = address:match("^http://([^/]+)")
  if host then return "tcp:" .. host .. (host:find(":%d+$") and "" or ":80") end
  return address:match("^(unix:/.-):/")
end

-- driver.signal("nginx", "stop", "QUIT") -> "QUIT"; raises if there is no such signal. nil: nil.
function driver.signal(call, name, signal)
  if signal ~= nil and not core.is_signal(check.value(call, name, "text", signal)) then
    core.mistake(("%s: %s: there is no signal '%s': TERM, INT, QUIT, HUP, USR1, ..."):format(
      call, name, signal))
  end
  return signal
end

-- driver.bind(service name, its number, the driver of services.lua or nil) -> what the rest of lua/
-- calls
function driver.bind(who, number, given)
  if not given then return nil end
  local call = ("service %q: drain"):format(who)
  local options = check.options(call, given, fields)
  if not options.drain then
    core.mistake(call .. " must come from a driver, like envoy { admin = \"unix:...\" }, or have "
      .. "a function drain")
  end
  local function bound(name) return protected(who, options, name) end
  return {
    drain = bound("drain"),
    counts = options.look and options.look(number) or counted(number, bound("in_flight")),
    fail_ready = bound("fail_ready"),
    close_idle = bound("close_idle"),
    close = bound("close"),
    verify = bound("verify"),
    prepare = options.prepare and function(words) options.prepare(who, words) end,
    arguments = options.arguments and function() return options.arguments(who) end,
    stop = driver.signal(call, "stop", options.stop),
    files = options.files or {},
    simulated = options.simulated,
    resort_address = options.resort_address, resort_request = options.resort_request,
  }
end
