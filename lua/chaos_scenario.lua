-- Scenario files, 4 of 4: a whole scenario. core.scenarios is what C reads in the end.
local core, words = ...
local mistake, mistake_at = core.mistake, core.mistake_at
local meant, shown = core.meant, core.shown
local names_of, checked, delay = core.names_of, core.checked, core.delay

core.scenarios = {}

-- The world itself: signals and time

local EARLY_MS, OLD_MS = 400, 20000
local DEFAULT_SIGNAL_MS, DEFAULT_GRACE_MS = 5000, 30000

-- One moment is three parameters of the table: they are drawn differently.
local function signal_parameter(at_ms)
  return at_ms <= EARLY_MS and "early" or at_ms >= OLD_MS and "old" or "serving"
end

local function read_signal(values)
  core.current.signal_ms = DEFAULT_SIGNAL_MS
  if values.signal == nil then return end
  if type(values.signal) ~= "table" or not values.signal.at_ms or values.signal.at_ms == 0 then
    mistake_at("signal", "signal must be a moment after the start, like at(5) (got %s)",
      shown(values.signal))
  end
  core.current.signal_ms = values.signal.at_ms
end

local function read_platform(values, numbers)
  local grace_ms = numbers.grace or DEFAULT_GRACE_MS
  if values.platform_kills == nil then return end
  local at_ms = delay("platform_kills", "signal", values.platform_kills)
  local percent = math.floor(at_ms * 100 / grace_ms + 0.5)
  if percent < 1 or percent > 95 then
    mistake_at("platform_kills", "platform_kills must come after 1 to 95 %% of the grace, "
      .. "which is %g s (got %s)", grace_ms / 1000, shown(values.platform_kills))
  end
  numbers.cut_short = percent
end

local function world_numbers(values)
  local numbers = {}
  read_signal(values)
  if values.signal then
    numbers[signal_parameter(core.current.signal_ms)] = core.current.signal_ms
  end
  if values.grace ~= nil then
    numbers.grace = checked("grace", "seconds", values.grace)
    if numbers.grace < 1000 then mistake_at("grace", "grace must be at least 1 second") end
  end
  if values.second_signal ~= nil then
    numbers.second = delay("second_signal", "signal", values.second_signal)
    core.current.second_ms = core.current.signal_ms + numbers.second
  end
  if values.third_signal ~= nil then
    if not numbers.second then
      mistake_at("third_signal", "third_signal says nothing without second_signal")
    end
    numbers.third = delay("third_signal", "second_signal", values.third_signal)
  end
  read_platform(values, numbers)
  core.container_numbers(values.container, numbers)
  return numbers
end

-- scenario "a sentence" { ... }

local scenario_fields = {
  source = {}, policy = {}, services = {}, environment = {}, grace = {}, signal = {},
  second_signal = {}, third_signal = {}, platform_kills = {}, container = {},
  world = {}, expect = {},
}

local function path_of(name, values)
  local path = values[name]
  if path == nil then return nil end
  checked(name, "text", path)
  path = path:sub(1, 1) == "/" and path or core.folder .. path
  if #path > 255 then mistake_at(name, "%s: the path is too long", name) end
  return path
end

local function variables(values)
  local list = {}
  if values == nil then return list end
  for _, name in ipairs(names_of(checked("environment", "table", values))) do
    local value = values[name]
    if type(name) ~= "string" or type(value) == "table" or type(value) == "function" then
      mistake_at("environment", "environment must be like { ROUTER_DRAIN_TIME_SECONDS = \"15\" }")
    end
    list[#list + 1] = ("%s=%s"):format(name, tostring(value))
    if #list > core.limits.variables or #list[#list] > 255 then
      mistake_at("environment", "environment: at most %d, of at most 255 bytes each",
        core.limits.variables)
    end
  end
  return list
end

local function rows(values)
  local list = {}
  if values == nil then return list end
  for _, name in ipairs(names_of(checked("world", "table", values))) do
    list[#list + 1] = core.service_row("world\0" .. name, name, values[name])
  end
  if #list > core.limits.services then
    mistake_at("world", "world: at most %d services", core.limits.services)
  end
  return list
end

local function expectations(values)
  if values == nil then mistake(core.current.line, "scenario %q expects nothing: expect = { "
    .. "finished_within(30) }", core.current.name) end
  checked("expect", "table", values)
  for index, value in pairs(values) do
    if type(index) ~= "number" or type(value) ~= "table" or not value.expectation then
      mistake_at("expect", "expect must be a list of expectations, like { finished_within(30) } "
        .. "(got %s)", type(index) ~= "number" and tostring(index) .. " =" or shown(value))
    end
  end
  if #values == 0 then mistake_at("expect", "expect is empty: say what must hold") end
  if #values > core.limits.expectations then
    mistake_at("expect", "expect: at most %d", core.limits.expectations)
  end
  return values
end

local unfinished -- a scenario of which nothing more was said yet

local function declare(name, line, values)
  core.current = { name = name, line = line }
  if type(values) ~= "table" then
    mistake(line, "scenario %q: { ... } must follow (got %s)", name, shown(values))
  end
  core.check_names("", values, scenario_fields, "word")
  core.scenarios[#core.scenarios + 1] = {
    name = name, line = line, world = world_numbers(values), rows = rows(values.world),
    source = values.source and checked("source", "text", values.source),
    policy = path_of("policy", values), services = path_of("services", values),
    variables = variables(values.environment), expectations = expectations(values.expect),
  }
  if #core.scenarios > core.limits.scenarios then
    mistake(line, "at most %d scenarios in one file", core.limits.scenarios)
  end
end

function words.scenario(name)
  local line = core.line()
  if type(name) ~= "string" or #name == 0 or #name > 255 then
    mistake(line, "scenario: a sentence in quotes must follow (got %s)", shown(name))
  end
  unfinished = { name = name, line = line }
  return function(values)
    unfinished = nil
    declare(name, line, values)
  end
end

-- What a scenario file sees: the words, and nothing can be added.
core.environment = setmetatable({}, {
  __index = function(_, name)
    if words[name] ~= nil then return words[name] end
    mistake(core.line(), "unknown word '%s'%s", tostring(name), meant(name, words))
  end,
  __newindex = function(_, name)
    mistake(core.line(), "'%s' cannot be set: write local %s = ...", tostring(name),
      tostring(name))
  end,
  __metatable = false,
})

-- After the file has run.
function core.finish()
  if unfinished then
    mistake(unfinished.line, "scenario %q: { ... } must follow", unfinished.name)
  end
  if #core.scenarios == 0 then
    error(("%s: there is no scenario in it: write scenario \"what happens\" { ... }"):format(
      core.file), 0)
  end
end
