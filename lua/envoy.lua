-- The driver for Envoy, for 1.37 to 1.40. Facts behind it: Envoy's admin and draining documents
-- and measurements on 1.40.0.
--
--   drain = envoy { admin = "unix:/run/router-admin.sock" }
--
-- SIGTERM ends Envoy at once and drains nothing; only its admin can. The admin here is a unix
-- socket that only our user can open, added to Envoy's configuration through --config-yaml.
local core = ...
local check = core.check

local CALL = 0.5       -- seconds for one admin call: a frozen Envoy accepts and never answers
local ATTEMPTS = 3
local DRAIN_TIME = 600 -- --drain-time-s: longer than any shutdown, the policy closes the listeners
local LIVE = 10        -- seconds in which Envoy must be live to have its drain verified
local LIVE_AGAIN = 0.05    -- seconds until it is asked again, and
local LIVE_AGAIN_MAX = 0.8 -- at most, if it is not
local READABLE = 60    -- bytes shown of an answer that makes no sense

-- Everything in one answer. Envoy's main thread walks all its statistics for it: 0.3 ms without
-- clusters, 190 ms with 5,000, 48 ms of those with usedonly, which leaves out what nobody ever
-- touched before it looks at the names (tests/envoy/README.md).
local STATS = "/stats?filter=" .. ("^http\\..*\\.downstream_(rq_active|rq_total|"
  .. "cx_active|cx_upgrades_active|cx_http1_active|cx_http[123]_total|cx_drain_close)$")
  :gsub("[^%w_.]", function(character) return ("%%%02X"):format(character:byte()) end)

local ADMIN = "admin: { address: { %s } }\n"

-- "unix:/path" or "tcp:host:port" -> the address that http takes, and Envoy's own YAML. An address
-- of IPv6 may have brackets or not; http wants them, Envoy does not.
local function admin_of(text)
  local path = text:match("^unix:(/.+)$")
  if path then
    return "unix:" .. path .. ":", ADMIN:format(("pipe: { path: %q, mode: 384 }"):format(path))
  end
  local host, port = text:match("^tcp:(.+):(%d+)$")
  if host then
    host = host:match("^%[(.+)%]$") or host
    return ("http://%s:%s"):format(host:find(":", 1, true) and "[" .. host .. "]" or host, port),
      ADMIN:format(("socket_address: { address: %q, port_value: %s }"):format(host, port))
  end
  core.mistake(("envoy: admin must be \"unix:/path\" or \"tcp:host:port\" (got %q)"):format(text))
end

-- ${NAME} -> the value in the environment that the service gets, as envsubst does.
local function substitute(text, service)
  local environment
  return (text:gsub("%${([%a_][%w_]*)}", function(name)
    environment = environment or core.environment_of(service.options.env or {})
    return environment[name] or ""
  end))
end

-- { "--option", "--other=value" } -> { ["--option"] = true, ["--other"] = true }
local function options_of(words)
  local options = {}
  for _, word in ipairs(words) do options[word:match("^[^=]*")] = true end
  return options
end

local function call(method, address, seconds)
  local status, body = core.http(method, address, math.min(seconds, CALL))
  if not status then return false, body end
  if status ~= 200 then return false, "status", status end
  return true, body
end

local function get(driver)
  return function(path) return call("GET", driver.base .. path, CALL) end
end

-- The override file with the admin, and what closes idle connections, added to it.
local function config_yaml(driver, service)
  local text = driver.override and core.read_file(driver.override)
  text = text and substitute(text, service) .. "\n" or ""
  local idle = driver.closes_idle and core.envoy_idle.configuration(driver.idle, text)
  driver.closes_idle = idle and true
  if ("\n" .. text):find("\nadmin:", 1, true) then
    core.print(driver.override .. " has an admin of its own: ours is not added; envoy { admin = "
      .. "... } must name that one, or there is no drain", true)
  else
    text = text .. driver.admin_yaml
  end
  return text .. (idle or "")
end

-- What Envoy needs to drain as we want, unless the user has set it. What --config-yaml says is not
-- known before the start.
local function prepare(driver, service, words)
  local options, added = options_of(words), {}
  local function add(option, value)
    if options[option] then return end
    added[#added + 1] = option
    added[#added + 1] = value
  end
  add("--config-yaml", "")
  add("--drain-strategy", "immediate")
  add("--drain-time-s", tostring(DRAIN_TIME))
  add("--disable-hot-restart")
  driver.added, driver.adds_yaml = added, not options["--config-yaml"]
  driver.closes_idle = driver.closes_idle and driver.adds_yaml
  driver.idle = core.envoy_idle.prepare(driver.idle_file, service.options.directory, words)
end

local function arguments(driver, service)
  if driver.adds_yaml then driver.added[2] = config_yaml(driver, service) end
  return driver.added
end

-- POST path until it is accepted, for at most `seconds`.
local function post(driver, path, seconds)
  local limit = core.now() + seconds
  local ok, why, status = false, "no time left", nil
  for attempt = 1, ATTEMPTS do
    local left = limit - core.now()
    if left <= 0 or (attempt > 1 and not core.sleep(math.min(0.1, left))) then break end
    ok, why, status = call("POST", driver.base .. path, left)
    if ok then break end
  end
  return ok, ok and path .. " 200" or why, status
end

-- A graceful drain that never closes the listeners by itself; where Envoy does not take it, every
-- response closes its connection after /healthcheck/fail.
local function drain(driver, seconds)
  local ok, why, status = post(driver, "/drain_listeners?graceful&skip_exit", seconds * 0.75)
  if ok or why == "refused" then return ok, why, status end
  core.print(("drain failed (%s): failing the health check instead"):format(status or why), true)
  local failed, detail = post(driver, "/healthcheck/fail", seconds * 0.25)
  if failed then return true, detail end
  return false, why, status
end

-- Statistics that do not count: the admin's own, which are there whenever Envoy answers. With
-- add_user_agent Envoy counts the requests of phones a second time.
local EXCEPT = "admin *.user_agent.ios *.user_agent.android"

-- What it begins with, on one line.
local function readable(text)
  text = text:sub(1, 2 * READABLE):gsub("[^\32-\126]+", " "):match("^ *(.-) *$")
  return #text > READABLE and text:sub(1, READABLE - 3) .. "..." or text
end

-- What /server_info says once Envoy is live; nil and why not.
local function server_info(driver)
  local limit, pause = core.now() + LIVE, LIVE_AGAIN
  while true do
    local ok, body, status = call("GET", driver.base .. "/server_info", CALL)
    local info = ok and core.json(body)
    local known = type(info) == "table" and type(info.state) == "string" and info.state
    if known == "LIVE" then return info end
    if core.now() >= limit then
      if known then return nil, "state " .. readable(known) end
      return nil, status and "status " .. status or readable(body)
    end
    core.sleep(pause)
    pause = math.min(2 * pause, LIVE_AGAIN_MAX)
  end
end

-- Will idle connections be closed? Envoy has its listeners now.
local function verify_idle(driver)
  if not driver.closes_idle then return end
  local safe, why = core.envoy_idle.is_safe(get(driver))
  if safe then return end
  driver.closes_idle = false
  core.envoy_idle.say(why)
end

local function close_idle(driver)
  if not driver.closes_idle then return nil end
  return core.envoy_idle.close(driver.idle_file, get(driver))
end

-- Looks whether a drain will work; returns what will not.
local function verify(driver, who)
  local info, why = server_info(driver)
  if not info then
    return ("will NOT work: Envoy's admin at %s gives '%s'"):format(driver.base, why)
  end
  verify_idle(driver)
  local options = type(info.command_line_options) == "table" and info.command_line_options or {}
  if (options.drain_strategy or "Gradual") == "Gradual" then
    return ("will be slow: --drain-strategy gradual over %s tells few clients in time"):format(
      type(options.drain_time) == "string" and readable(options.drain_time) or "600s")
  end
  if not core.services[who].driver.counts(LIVE) then
    return "will not know when it is idle: Envoy's statistics http.*.downstream_* are hidden"
  end
end

-- envoy { admin = "unix:/path" or "tcp:host:port", override = file, except = "probes",
-- close_idle = true, idle_file } -> a driver. override: YAML which is merged into Envoy's
-- configuration, ${NAME} replaced from the environment. except: stat_prefix of connection managers
-- whose clients do not count, such as those for probes or metrics, with spaces between them.
-- close_idle: idle connections are closed while wait_idle waits, where that is safe, see
-- envoy_idle.lua; idle_file: used for that; if not given, beside a unix admin.
function core.services_api.envoy(options)
  check.options("envoy", options, {
    admin = "text", override = "text", except = "text", close_idle = "flag", idle_file = "text",
  })
  local driver = { override = options.override, closes_idle = options.close_idle ~= false }
  driver.base, driver.admin_yaml = admin_of(check.value("envoy", "admin", "text", options.admin))
  local stats = driver.base .. STATS
  local except = EXCEPT .. (options.except and " " .. options.except or "")
  driver.idle_file = options.idle_file or core.envoy_idle.file_beside(options.admin)
  return {
    timely = true,
    simulated = { router = "envoy", address = core.driver.server_of(driver.base .. "/") },
    resort_address = options.admin,
    resort_request = "POST /drain_listeners?graceful&skip_exit HTTP/1.1\r\n"
      .. "Host: lastcall\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    files = driver.closes_idle and { driver.idle_file } or nil,
    prepare = function(who, words) prepare(driver, core.services[who], words) end,
    arguments = function(who) return arguments(driver, core.services[who]) end,
    drain = function(_, seconds) return drain(driver, seconds) end,
    fail_ready = function(_, seconds) return post(driver, "/healthcheck/fail", seconds) end,
    close = function(_, seconds) return post(driver, "/drain_listeners", seconds) end,
    close_idle = function() return close_idle(driver) end,
    look = function(number)
      return core.envoy_look(number, stats, stats .. "&usedonly", except)
    end,
    verify = function(who) return verify(driver, who) end,
  }
end
