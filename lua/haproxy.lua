-- The driver for HAProxy; tried with Debian's 2.6.
--
--   drain = haproxy { status = "http://127.0.0.1:8404/stats;csv", except = "stats" }
--
-- status: the page of `stats uri`, as CSV; `except` is the section that has it, whose clients do
-- not count ("stats" if not given). USR1 begins the drain. HAProxy's configuration must say that
-- it goes on accepting then, and tells its clients:
--
--   global
--     grace 600s                                       # longer than any shutdown
--   frontend ...
--     http-after-response set-header Connection close if { stopping }
--
-- Without `grace` USR1 closes the listeners at once, and who is still routed here is refused. With
-- it they stay open until stop() sends TERM, which cuts who came within its last milliseconds.
local core = ...
local check = core.check

local function field_numbers(header)
  local numbers, count = {}, 0
  for name in header:gmatch("([^,\n]*),?") do
    count = count + 1
    numbers[name] = count
  end
  return numbers
end

local function fields_of(line)
  local list = {}
  for field in line:gmatch("([^,\n]*),") do list[#list + 1] = field end
  return list
end

-- Requests in flight are those that a backend has: a frontend counts idle connections, too.
local function read_status(body, except)
  local header = body:match("^# ([^\n]+)\n")
  if not header then return nil, "unknown" end
  local numbers = field_numbers(header)
  local sums = { active = 0, http1 = 0, requests = 0, connections = 0 }
  local function add(name, text) sums[name] = sums[name] + (tonumber(text) or 0) end
  for line, section, kind in body:gmatch("\n(([^,\n]+),(%u+ND),[^\n]*)") do
    local fields = section ~= except and fields_of(line)
    if fields and kind == "BACKEND" then
      add("active", fields[numbers.scur])
    elseif fields and kind == "FRONTEND" then
      add("http1", fields[numbers.scur])
      add("requests", fields[numbers.req_tot])
      add("connections", fields[numbers.conn_tot or numbers.stot])
    end
  end
  sums.open = sums.http1
  return sums
end

local function counts(driver, seconds)
  local status, body = core.http("GET", driver.status, seconds)
  if not status then return nil, body end
  if status ~= 200 then return nil, "status", status end
  return read_status(body, driver.except)
end

local function drain(who)
  local ok, why = core.signal(core.services[who].number, "USR1", false)
  return ok, ok and "SIGUSR1" or why
end

-- The text of the configuration files that its command names; nil: none can be read.
local function configuration(who)
  local words, text = core.services[who].options.command, nil
  for index, word in ipairs(words) do
    local file = word == "-f" and words[index + 1] and core.read_file(words[index + 1])
    if file then text = (text or "\n") .. file:gsub("#[^\n]*", "") .. "\n" end
  end
  return text and text:find("%S") and text
end

local function verify(driver, who)
  local problem = core.driver.problem(who, driver.status)
  if problem then return problem end
  local text = configuration(who)
  if text and not text:find("\n%s*grace%s+%d") then
    return "will refuse who is still routed here: there is no `grace 600s` in its global section"
  elseif text and not text:find("{%s*stopping%s*}") then
    return "will tell nobody: no `http-after-response set-header Connection close if { stopping }`"
  end
end

-- haproxy { status = "http://host:port/path;csv", except = "stats", stop = "TERM" } -> a driver.
function core.services_api.haproxy(options)
  options = check.options("haproxy", options, { status = "text", except = "text", stop = "text" })
  local driver = {
    status = check.value("haproxy", "status", "text", options.status),
    except = options.except or "stats",
  }
  return {
    timely = true,
    drain = drain,
    in_flight = function(_, seconds) return counts(driver, seconds) end,
    verify = function(who) return verify(driver, who) end,
    simulated = { router = "haproxy", address = core.driver.server_of(driver.status) },
    stop = core.driver.signal("haproxy", "stop", options.stop),
  }
end
