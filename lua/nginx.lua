-- The driver for nginx; tried with Debian's 1.22.
--
--   drain = nginx { status = "http://127.0.0.1:8081/status", drain_file = "/run/nginx/draining" }
--
-- status: a location with `stub_status`. drain_file: a file that is there while nginx drains; its
-- configuration looks for it and then answers with Connection: close (keepalive_timeout 0), as in
-- policies/examples/nginx.conf. Without one nginx cannot tell its clients anything: the end closes
-- connections that are kept and idle, and a request that crosses this fails.
--
-- TERM cuts what is in flight. QUIT closes the listeners at once, and the process exits when the
-- last request is answered: so it comes last, when routing has moved, and is what stop() sends.
-- `daemon off` must be set, or nginx seems to exit at once.
local core = ...
local check = core.check

local ALONE = { "Connection: close" } -- a look is one connection and one request: taken off again

local function read_status(body, looks)
  local open, accepted, requests, reading, writing = body:match(
    "^Active connections: (%d+).-\n%s*(%d+) %d+ (%d+)%s*\nReading: (%d+) Writing: (%d+)")
  if not open then return nil, "unknown" end
  return {
    active = math.max(reading + writing - 1, 0),
    open = math.max(open - 1, 0), http1 = math.max(open - 1, 0),
    requests = math.max(requests - looks, 0), connections = math.max(accepted - looks, 0),
  }
end

local function counts(driver, seconds)
  local status, body = core.http("GET", driver.status, seconds, nil, ALONE)
  if not status then return nil, body end
  driver.looks = driver.looks + 1
  if status ~= 200 then return nil, "status", status end
  return read_status(body, driver.looks)
end

local function drain(driver)
  if not driver.drain_file then return true, "clients are not told (no drain_file)" end
  local ok, why = core.write_file(driver.drain_file, "draining\n")
  if ok then return true, driver.drain_file .. " is there" end
  core.print(("nginx: %s cannot be written: %s"):format(driver.drain_file, why), true)
  return false, "unknown"
end

-- nginx { status = "http://host:port/path" or "unix:/socket:/path", drain_file = file,
-- stop = "QUIT" } -> a driver.
function core.services_api.nginx(options)
  options = check.options("nginx", options, { status = "text", drain_file = "text", stop = "text" })
  local driver = {
    status = check.value("nginx", "status", "text", options.status),
    drain_file = options.drain_file, looks = 0,
  }
  return {
    timely = true,
    drain = function() return drain(driver) end,
    in_flight = function(_, seconds) return counts(driver, seconds) end,
    verify = function(who) return core.driver.problem(who, driver.status) end,
    stop = core.driver.signal("nginx", "stop", options.stop or "QUIT"),
    files = { driver.drain_file },
    simulated = { router = "nginx", address = core.driver.server_of(driver.status),
      drain_file = driver.drain_file },
  }
end
