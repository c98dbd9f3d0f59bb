-- Envoy up to 1.40 tells a connection to close with its next response only: one that stays idle is
-- never told, and a client that sends seldom keeps the drain waiting. The overload manager can end
-- them: it watches a file, in which we write 1 (when: src/idle/idle.c).
--
-- Measured on 1.40.0: a connection idle for 1 s is then given Envoy's drain_timeout (5 s), in which
-- a late request is still answered, with `Connection: close`. Then Envoy stops to read from it, and
-- closes it after its delayed_close_timeout: 1 s, if the listener does not say `0s`. What a client
-- sends in that second is lost: 212 and 257 requests in a restart of two replicas with 4,000
-- clients of 0.3 requests a second. So it is done only where all HTTP listeners say
-- `delayed_close_timeout: 0s`.
--
-- HTTP/2 connections get a GOAWAY at once and their last one 5 s later; then they are closed.
-- Connections with a stream open, such as WebSockets, are not idle (Envoy's documents) and stay.
--
-- Happy path: the words of Envoy's command are looked at -> the monitor is added to its
-- configuration -> Envoy is live, and its listeners are safe -> numbers up to 1 are written.
--
-- Left out, with one line that says why, where it could do harm: Envoy does not start when the
-- user's configuration names the same monitor or action. Listeners that came later and are not safe
-- keep their connections, which is said then.
local core = ...

local envoy_idle = {}
core.envoy_idle = envoy_idle

-- Not all at once: Envoy closes hundreds one after the other, and what is sent meanwhile on those
-- that wait is lost. So the longest idle ones come first.
local STEPS = { 16, 12, 9, 7, 5, 4, 3, 2.2, 1.6, 1.2 } -- seconds for which they have been idle
local STEP = 0.1          -- seconds between two of these, as often as Envoy looks
local IDLE_TIMEOUT = 3600 -- seconds, Envoy's own

local CONFIGURATION = [[
overload_manager:
  refresh_interval: 0.1s
  resource_monitors:
    - name: envoy.resource_monitors.injected_resource
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.resource_monitors.injected_resource]]
.. [[.v3.InjectedResourceConfig
        filename: %q
  actions:
    - name: envoy.overload_actions.reduce_timeouts
      triggers:
        - name: envoy.resource_monitors.injected_resource
          scaled: { scaling_threshold: 0, saturation_threshold: 1 }
      typed_config:
        "@type": type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig
        timer_scale_factors: [{ timer: HTTP_DOWNSTREAM_CONNECTION_IDLE, min_timeout: 1s }]
]]

-- "unix:/run/admin.sock" -> "/run/admin.idle"; nil for an admin on TCP.
function envoy_idle.file_beside(admin)
  local path = admin:match("^unix:(/.+)$")
  return path and path:gsub("%.sock$", "") .. ".idle" or nil
end

-- The files that the words -c, --config-path name, as they are named.
local function configuration_files(words)
  local files = {}
  for index, word in ipairs(words) do
    if word == "-c" or word == "--config-path" then files[#files + 1] = words[index + 1] end
    files[#files + 1] = word:match("^%-%-config%-path=(.+)$")
  end
  return files
end

local function names_overload_manager(text)
  return text:find("overload_manager", 1, true) or text:find("overloadManager", 1, true)
end

-- Is there an overload manager in this YAML or JSON, outside comments? A # in quotes is none.
local function has_overload_manager(text)
  if not names_overload_manager(text) then return false end
  for line in text:gmatch("[^\n]+") do
    local code = line:gsub("^%s*#.*", ""):gsub("%s#[^\"]*$", "")
    if names_overload_manager(code) then return true end
  end
  return false
end

-- envoy_idle.prepare(file or nil, directory that Envoy is started in or nil, words of its command)
-- -> what `configuration` needs at each start
function envoy_idle.prepare(file, directory, words)
  local paths = {} -- by how they are named
  local named = configuration_files(words)
  for _, path in ipairs(named) do
    paths[path] = directory and path:sub(1, 1) ~= "/" and directory .. "/" .. path or path
  end
  return { file = file, yaml = file and CONFIGURATION:format(file), named = named, paths = paths }
end

-- Why it cannot be added to that Envoy; nil: it can.
local function obstacle(idle, override)
  if not idle.file then return "its admin is on TCP and envoy { idle_file = ... } is not given" end
  if has_overload_manager(override) then return "the override has an overload manager" end
  for _, path in ipairs(idle.named) do
    local text, why = core.read_file(idle.paths[path])
    if not text then return ("%s cannot be read (%s)"):format(path, why) end
    if has_overload_manager(text) then return path .. " has an overload manager" end
  end
  local written, why = core.write_file(idle.file, "0")
  if not written then return ("%s cannot be written (%s)"):format(idle.file, why) end
end

function envoy_idle.say(why)
  core.print("idle connections will not be closed before the end: " .. why)
end

-- envoy_idle.configuration(of envoy_idle.prepare, the override's text) -> YAML to add; nil where it
-- is left out, which is said.
function envoy_idle.configuration(idle, override)
  local why = obstacle(idle, override)
  if not why then return idle.yaml end
  envoy_idle.say(why)
end

-- Where the next `part` of the text ends, from there on; nil: there is none.
local function after(text, part, from)
  local _, last = text:find(part, from, true)
  return last and last + 1
end

local function count(text, part)
  local times, place = 0, after(text, part, 1)
  while place do
    times, place = times + 1, after(text, part, place)
  end
  return times
end

local HTTP_OPTIONS = "\"common_http_protocol_options\": "

-- Adds the idle timeouts of a dump to `timeouts`, seconds.
local function add_idle_timeouts(body, timeouts)
  local place = after(body, HTTP_OPTIONS, 1)
  while place do
    local options = body:match("^%b{}", place)
    local seconds = options and options:match("\"idle_timeout\": \"([%d.]+)s\"")
    if options then timeouts[#timeouts + 1] = tonumber(seconds) or IDLE_TIMEOUT end
    place = after(body, HTTP_OPTIONS, place)
  end
end

-- The one of all connections, seconds; nil: they have different ones, or none.
local function idle_timeout_of(timeouts, managers)
  for _ = #timeouts + 1, managers do timeouts[#timeouts + 1] = IDLE_TIMEOUT end
  for _, seconds in ipairs(timeouts) do
    if seconds ~= timeouts[1] or seconds <= 0 then return nil end
  end
  return timeouts[1]
end

-- envoy_idle.is_safe(get) -> true, idle timeout in seconds; false, why. get(path) asks Envoy's
-- admin: true, body; false, why
function envoy_idle.is_safe(get)
  local managers, safe, timeouts = 0, 0, {}
  for _, kind in ipairs({ "static", "dynamic" }) do
    local ok, body = get("/config_dump?resource=" .. kind .. "_listeners")
    if not ok then return false, "its listeners are not known (" .. body .. ")" end
    managers = managers + count(body, ".HttpConnectionManager\"")
    safe = safe + count(body, "\"delayed_close_timeout\": \"0s\"")
    add_idle_timeouts(body, timeouts)
  end
  if managers == 0 then return false, "its listeners are not known" end
  if safe < managers then
    return false, "delayed_close_timeout of a listener is not 0s: requests could be lost"
  end
  local timeout = idle_timeout_of(timeouts, managers)
  if not timeout then return false, "its listeners have different idle timeouts, or none" end
  return true, timeout
end

-- envoy_idle.close(file, get) -> true; false, why. It takes a second.
function envoy_idle.close(file, get)
  local safe, timeout = envoy_idle.is_safe(get)
  if not safe then return false, timeout end
  for _, idle_for in ipairs(STEPS) do
    if idle_for < timeout then
      local written, why = core.write_file(file, core.format("%.6f", 1 - idle_for / timeout))
      if not written then return false, why end
    end
    if not core.sleep(STEP) then break end
  end
  return core.write_file(file, "1")
end
