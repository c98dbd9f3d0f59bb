-- Drivers for what has no driver of its own: a service that drains when it is asked to over HTTP,
-- or by a signal.
--
--   drain = http { drain = "POST http://127.0.0.1:8081/drain",
--                  in_flight = "http://127.0.0.1:8081/stats", pointer = "/requests/active" }
--   drain = signal { drain = "USR1" }
--
-- in_flight: an address whose answer says how many requests are in flight, as a plain number or,
-- with `pointer` (a JSON pointer), somewhere in JSON. `requests`, `connections`, `open`, `http1`,
-- `told` and `streams` are more pointers into the same JSON: how many requests and connections
-- there were so far, how many connections are open, how many of these are HTTP/1.1, how many were
-- told to close so far, and how many streams there are that never end (WebSockets). Without
-- `connections` wait_idle goes by silence alone; without in_flight it answers "unknown". stop: the
-- signal that stop() sends, TERM if not given.
local core, api = ...
local check = core.check

local COUNTERS = core.driver.counters

-- The value at a JSON pointer: "/requests/active", "/workers/0/busy" (~1 is a "/", ~0 a "~").
local function at_pointer(value, pointer)
  for part in pointer:gmatch("/([^/]*)") do
    if type(value) ~= "table" then return nil end
    part = part:gsub("~1", "/"):gsub("~0", "~")
    local index = part:match("^%d+$") and math.tointeger(tonumber(part))
    value = value[part] or (index and value[index + 1])
  end
  return value
end

local function read_counts(body, options)
  if not options.pointer then return tonumber(body:match("^%s*(.-)%s*$")) end
  local root = core.json(body)
  if not root then return nil end
  local found = { active = at_pointer(root, options.pointer) }
  for _, name in ipairs(COUNTERS) do
    if options[name] then found[name] = at_pointer(root, options[name]) or false end
  end
  return found
end

-- What the answer says, whether it makes sense or not: driver.lua looks. nil, why, status.
local function counts(options, seconds)
  local status, body = core.http("GET", options.in_flight, seconds)
  if not status then return nil, body end
  if status < 200 or status > 299 then return nil, "status", status end
  return read_counts(body, options)
end

local function check_pointer(call, options, name)
  local pointer = options[name]
  if pointer and pointer ~= "" and pointer:sub(1, 1) ~= "/" then
    core.mistake(("%s: %s must be a JSON pointer, like \"/requests/active\" (got %q)"):format(
      call, name, pointer))
  end
end

local function check_options(call, options)
  local kinds = { drain = "text", in_flight = "text", pointer = "text", stop = "text" }
  for _, name in ipairs(COUNTERS) do kinds[name] = "text" end
  options = check.options(call, options, kinds)
  check.value(call, "drain", "text", options.drain)
  check_pointer(call, options, "pointer")
  for _, name in ipairs(COUNTERS) do
    check_pointer(call, options, name)
    if options[name] and not options.pointer then
      core.mistake(("%s: %s needs pointer, which says where the requests in flight are"):format(
        call, name))
    end
  end
  if options.pointer and not options.in_flight then
    core.mistake(call .. ": pointer needs in_flight, an address")
  end
  return options
end

local function driver_of(call, options, drain)
  local stop = core.driver.signal(call, "stop", options.stop)
  local driver = { timely = true, drain = drain, stop = stop }
  if options.in_flight then
    driver.in_flight = function(_, seconds) return counts(options, seconds) end
    driver.verify = function(who) return core.driver.problem(who, options.in_flight) end
  end
  return driver
end

local function http(options)
  options = check_options("http", options)
  local method, address = options.drain:match("^(%u+) (%S+)$")
  if not method then
    core.mistake(("http: drain must be like \"POST http://127.0.0.1:8081/drain\" (got %q)"):format(
      options.drain))
  end
  return driver_of("http", options, function(_, seconds)
    local status, body = core.http(method, address, seconds)
    if not status then return false, body end
    if status < 200 or status > 299 then return false, "status", status end
    return true, ("%s %d"):format(options.drain, status)
  end)
end

-- http { drain = "POST address", in_flight = address, pointer = "/active", requests = pointer,
-- connections = pointer, open = pointer, http1 = pointer, told = pointer, streams = pointer,
-- stop = "TERM" } -> a driver. As in policies, http.get and http.post are functions, for drivers
-- written by hand.
core.services_api.http = core.frozen(
  { get = api.http.get, post = api.http.post }, "function http", http)

-- signal { drain = "USR1", in_flight = ..., ... } -> a driver. As in policies, signal(who, "HUP")
-- sends one.
function core.services_api.signal(who, name)
  if type(who) ~= "table" then return api.signal(who, name) end
  local options = check_options("signal", who)
  core.driver.signal("signal", "drain", options.drain)
  return driver_of("signal", options, function(service)
    local ok, why = core.signal(core.services[service].number, options.drain, false)
    return ok, ok and "SIG" .. options.drain or why
  end)
end

-- What a driver written by hand needs, when it runs.
for _, name in ipairs({ "json", "sleep", "run", "write_file", "alive", "pid", "elapsed",
  "remaining", "retry", "with_timeout", "parallel", "race" }) do
  core.services_api[name] = api[name]
end
