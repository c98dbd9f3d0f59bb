-- What a policy and services.lua can see: a few functions of Lua, the primitives, nothing else.
-- Whoever edits a policy owns the container; the sandbox exists so that mistakes cannot hurt, and
-- so that two runs with the same events are the same to the byte.
--
-- Every file of lua/ is called with two tables: `core`, the C functions and what these files
-- share, and `api`, the names that policies see.
local core, api = ...

-- Names that people try, and what to write instead.
core.hints = {
  collectgarbage = "memory is looked after",
  coroutine = "use parallel, race or with_timeout",
  debug = "use log",
  dofile = "a policy is one file",
  getmetatable = "there are no metatables",
  io = "use write_file, log or run",
  load = "a policy is one file",
  loadfile = "a policy is one file",
  loadstring = "a policy is one file",
  next = "use pairs",
  os = "use env, run, elapsed or remaining",
  package = "a policy is one file",
  rawequal = "there are no metatables",
  rawget = "there are no metatables",
  rawlen = "there are no metatables",
  rawset = "there are no metatables",
  require = "a policy is one file",
  setmetatable = "there are no metatables",
  utf8 = "use string",
  xpcall = "use pcall",
  _G = "globals are frozen: use local",

  -- from other languages
  None = "write nil, which means no value",
  Null = "write nil, which means no value",
  NULL = "write nil, which means no value",
  null = "write nil, which means no value",
  undefined = "write nil, which means no value",
  True = "write true, in small letters",
  TRUE = "write true, in small letters",
  False = "write false, in small letters",
  FALSE = "write false, in small letters",
  catch = "use pcall(function() ... end)",
  finally = "use pcall(function() ... end)",
  ["try"] = "use pcall(function() ... end)",
  ["throw"] = "use error(\"text\")",
  raise = "use error(\"text\")",
  printf = "use log(\"text\")",
  echo = "use log(\"text\")",
  console = "use log(\"text\")",
  wait = "use sleep(seconds), wait_idle(who) or wait_exit(who)",
  kill = "use stop(who), or signal(who, \"KILL\")",
  exit = "use return to end, exit_code(number) to choose the code",
  getenv = "use env(\"NAME\")",
  len = "the length of x is #x",
}

-- Functions of string and table that can hang or be abused inside C, or that see addresses.
local refused = {
  string = {
    dump = "it is not needed here",
    pack = "it is not needed here",
    packsize = "it is not needed here",
    unpack = "it is not needed here",
    rep = "use a loop and table.concat",
  },
  table = { move = "use a loop", pack = "use { ... }" },
  math = { random = "two runs must be the same", randomseed = "two runs must be the same" },
}

local function names_of(values)
  local names = {}
  for name in next, values do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- That `what` is unknown, and which name of `values` was meant.
function core.unknown_text(what, name, values)
  local near = core.nearest(name, names_of(values))
  return ("unknown %s '%s'%s"):format(
    what, name, near and (" - did you mean '%s'?"):format(near) or "")
end

function core.unknown(what, name, values)
  core.mistake(core.unknown_text(what, name, values))
end

-- A view of `values` that nobody can change, and that raises for what is not in it. `called`:
-- what happens when it is called as a function; nil: that raises.
function core.frozen(values, what, called)
  return setmetatable({}, {
    __call = called and function(_, ...) return called(...) end,
    __index = function(_, name)
      local value = values[name]
      if value ~= nil then return value end
      if core.hints[name] and what == "name" then
        core.mistake(("'%s' does not exist here: %s"):format(name, core.hints[name]))
      end
      core.unknown(what, tostring(name), values)
    end,
    __newindex = function(_, name)
      core.mistake(("'%s' cannot be set: use local"):format(tostring(name)))
    end,
    __metatable = false,
  })
end

-- Copies a library without what is refused; that raises and says why.
local function restricted(library, name)
  local copy = {}
  for key, value in next, library do copy[key] = value end
  for key, hint in next, refused[name] do
    copy[key] = function()
      core.mistake(("%s.%s does not exist here: %s"):format(name, key, hint))
    end
  end
  return copy
end

-- Lua's own order of pairs changes from run to run.
local function sorted_pairs(values)
  core.check.value("pairs", "the argument", "table", values)
  local keys = {}
  for key in next, values do keys[#keys + 1] = key end
  table.sort(keys, function(one, other)
    local one_type, other_type = type(one), type(other)
    if one_type ~= other_type then return one_type < other_type end
    if one_type == "number" or one_type == "string" then return one < other end
    return false
  end)
  local index = 0
  return function()
    local key, value
    repeat
      index = index + 1
      key = keys[index]
      value = key ~= nil and values[key]
    until key == nil or values[key] ~= nil
    return key, value
  end
end

-- ipairs(nil) raises later in plain Lua, and without a line.
local function checked_ipairs(values)
  return ipairs(core.check.value("ipairs", "the argument", "table", values))
end

-- tostring({}) shows an address in plain Lua.
local function plain_tostring(value)
  local kind = type(value)
  if kind == "table" or kind == "function" or kind == "userdata" or kind == "thread" then
    return kind
  end
  return tostring(value)
end

for _, name in ipairs({ "assert", "error", "pcall", "select", "tonumber", "type" }) do
  api[name] = _G[name]
end
api.pairs = sorted_pairs
api.ipairs = checked_ipairs
api.tostring = plain_tostring
api.math = core.frozen(restricted(math, "math"), "function math")
api.table = core.frozen(restricted(table, "table"), "function table")

core.format = string.format -- for texts of ours that come often: they show no address

-- string.format without the addresses that it would show, which change from run to run.
local function plain_format(format, ...)
  local values = table.pack(...)
  for index = 1, values.n do
    local kind = type(values[index])
    if kind == "table" or kind == "function" then values[index] = kind end
  end
  if type(format) == "string" and format:gsub("%%%%", ""):find("%%[-+ #0-9.]*p") then
    core.mistake("string.format: %p shows an address")
  end
  local ok, text = pcall(string.format, format, table.unpack(values, 1, values.n))
  return ok and text or core.mistake(text)
end

local strings = restricted(string, "string")
strings.format = plain_format
api.string = core.frozen(strings, "function string")
getmetatable("").__index = strings

-- services.lua sees the plain Lua functions and what service.lua adds; policies see all of api.
core.services_api = {}
for name, value in next, api do core.services_api[name] = value end
core.services_environment = core.frozen(core.services_api, "name")
core.policy_environment = core.frozen(api, "name")
