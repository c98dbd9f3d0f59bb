-- Checks of arguments: what is wrong is a mistake of the policy and raises, in words that say what
-- to write. `call` is the name of the primitive, as people see it.
local core = ...

local check = {}
core.check = check
check.IDLE_TIMEOUT = 15 -- seconds: the `timeout` of a wait_idle that does not say

-- The options of each primitive and their kinds; names.lua looks at them before a policy runs.
core.options = {
  drain = { timeout = "seconds" },
  fail_ready = { timeout = "seconds" },
  wait_idle = {
    timeout = "seconds", tolerance = "tolerance", routing = "span", min = "span",
    below = "below", streams = "streams", fail_ready_after = "seconds", ignore = "amount",
  },
  stop = { timeout = "seconds", signal = "text", kill = "flag" },
  wait_exit = { timeout = "seconds" },
  run = { timeout = "seconds" },
  retry = { times = "number", delay = "seconds" },
  ["http.get"] = { timeout = "seconds", headers = "table", body = "text" },
}
core.options["http.post"] = core.options["http.get"]

-- "the text "5s"", "nothing", "a table"
local function shown(value)
  if value == nil then return "nothing" end
  if type(value) == "string" then return ("the text %q"):format(value) end
  if type(value) == "number" or type(value) == "boolean" then return tostring(value) end
  return "a " .. type(value)
end

local function is_amount(value)
  return type(value) == "number" and value >= 0 and value < math.huge
end

local function is_above_0(value) return is_amount(value) and value > 0 end

local kinds = {
  seconds = { "a number of seconds, like 5", function(value)
    return type(value) == "number" and value == value
  end },
  number = { "a number", function(value) return type(value) == "number" and value == value end },
  span = { "a number of seconds of at least 0, like 1.5", is_amount },
  amount = { "a number of at least 0, like 0.5", is_amount },
  tolerance = { "a number above 0, like 0.02", is_above_0 },
  below = { "a number above 0, like 1", is_above_0 },
  text = { "a text in quotes", function(value) return type(value) == "string" end },
  flag = { "true or false", function(value) return type(value) == "boolean" end },
  streams = { "\"cut\", \"wait\" or a number of seconds", function(value)
    return value == "cut" or value == "wait" or (type(value) == "number" and value >= 0)
  end },
  list = { "a list, like { \"one\", \"two\" }", function(value)
    return type(value) == "table" and (next(value) == nil or #value > 0)
  end },
  table = { "a table, like { name = \"value\" }", function(value)
    return type(value) == "table"
  end },
  ["function"] = { "a function, like function() ... end", function(value)
    return type(value) == "function"
  end },
}

-- check.problem("sleep", "the time", "seconds", "5s") -> what is wrong with the value; nil: nothing
function check.problem(call, name, kind, value)
  local meaning, test = kinds[kind][1], kinds[kind][2]
  if test(value) then return nil end
  return ("%s: %s must be %s (got %s)"):format(call, name, meaning, shown(value))
end

-- check.value("sleep", "the time", "seconds", 5) -> 5
function check.value(call, name, kind, value)
  if kinds[kind][2](value) then return value end
  core.mistake(check.problem(call, name, kind, value))
end

-- Seconds below zero mean none: remaining() - 10 may well be negative.
function check.seconds(call, name, value)
  return math.max(check.value(call, name, "seconds", value), 0)
end

-- Seconds that are computed may be below zero and mean none; written out they have no sense, and
-- names.lua refuses a span below zero.
local function not_below_zero(kind, value)
  if kind ~= "seconds" and kind ~= "span" or type(value) ~= "number" then return value end
  return value < 0 and 0 or value
end

-- check.options("stop", { timeout = 5 }) -> a table. `options` may be nil, and stays as it is;
-- `known`: { timeout = "seconds", ... }, where `call` is no primitive. Unknown names raise and
-- name the nearest.
function check.options(call, options, known)
  if options == nil then return {} end
  known = known or core.options[call]
  check.value(call, "what follows", "table", options)
  local checked = {}
  for name, value in next, options do
    local kind = known[name]
    if not kind then core.unknown("option of " .. call, tostring(name), known) end
    checked[name] = check.value(call, name, kind, not_below_zero(kind, value))
  end
  return checked
end

-- check.unready_problem(options of wait_idle, as far as they are known) -> what is wrong, and what
-- to write instead; nil: nothing. Readiness must not fail when the wait is over.
function check.unready_problem(options)
  local timeout, after = options.timeout or check.IDLE_TIMEOUT, options.fail_ready_after
  if not after or after < timeout then return nil end
  return ("wait_idle: fail_ready_after (%g) comes too late: the wait is over after %g s"):format(
    after, timeout), ("Write: timeout = %g, so that routing can move after that"):format(
    after + math.max(timeout, check.IDLE_TIMEOUT))
end

-- check.environment("environment", { NAME = "value", OTHER = false }) -> the table
function check.environment(call, values)
  check.value(call, "what follows", "table", values)
  for name, value in next, values do
    if type(name) ~= "string" then
      core.mistake(("%s: every name must be a text, like NAME = \"value\" (got %s)"):format(
        call, shown(name)))
    end
    local kind = type(value)
    if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
      core.mistake(("%s: %s must be a text, a number or a flag (got %s)"):format(
        call, name, shown(value)))
    end
  end
  return values
end

-- The service with this name.
function check.service(call, name)
  local service = core.services[name]
  if service and service.name == name then return service end -- they have numbers there, too
  core.unknown("service", check.value(call, "the service", "text", name), core.services)
end
