-- Lines, the environment, commands and files.
local core, api = ...
local check = core.check

local environment = core.environment()

local function joined(...)
  local words = {}
  for index = 1, select("#", ...) do words[index] = api.tostring((select(index, ...))) end
  return table.concat(words, " ")
end

-- log(value, ...): a line in the log and in the timeline.
function api.log(...)
  core.event({ what = "log", why = joined(...) })
end

-- warn(value, ...): the same, to stderr.
function api.warn(...)
  core.event({ what = "warning", why = joined(...), warning = true })
end

-- print(value, ...): what people try; the same as log.
api.print = api.log

-- env(name, default) -> the environment variable; else default, which may be left out (nil).
function api.env(name, default)
  local value = environment[check.value("env", "the name", "text", name)]
  if value == nil or value == "" then return default end
  return value
end

-- A value which cannot be used: said once, and the default is taken.
local function refuse(name, value, meaning, default)
  core.print(("%s is '%s', which is not %s: using %s"):format(
    name, value, meaning, tostring(default)), true)
  return default
end

-- env_seconds(name, default) -> a number of seconds >= 0. What cannot be read (such as the
-- "tcp://10.0.0.1:80" of a Kubernetes service link) gives a warning and the default.
function api.env_seconds(name, default)
  check.value("env_seconds", "the default", "seconds", default)
  local value = api.env(name)
  if value == nil then return default end
  local seconds = value:match("^%d+%.?%d*$") and tonumber(value)
  return seconds or refuse(name, value, "a number of seconds", default)
end

-- env_port(name, default) -> a port number, as text.
function api.env_port(name, default)
  if type(default) ~= "string" then check.value("env_port", "the default", "number", default) end
  local value = api.env(name)
  if value == nil then return tostring(default) end
  local port = value:match("^%d+$") and tonumber(value)
  if port and port >= 1 and port <= 65535 then return value end
  return tostring(refuse(name, value, "a port number", default))
end

-- env_flag(name, default) -> true or false ("true", "yes", "on", "1" and their opposites).
function api.env_flag(name, default)
  check.value("env_flag", "the default", "flag", default)
  local flags = {
    ["true"] = true, yes = true, on = true, ["1"] = true,
    ["false"] = false, no = false, off = false, ["0"] = false,
  }
  local value = api.env(name)
  if value == nil then return default end
  local flag = flags[value:lower()]
  if flag == nil then return refuse(name, value, "true or false", default) end
  return flag
end

-- exit_code(number): what lastcall ends with, 0 to 255.
function api.exit_code(number)
  check.value("exit_code", "the code", "number", number)
  if number < 0 or number > 255 or number % 1 ~= 0 then
    core.mistake("exit_code: the code must be a whole number from 0 to 255")
  end
  core.exit_code(math.tointeger(number))
end

-- run({ command, argument, ... }, { timeout = 5 }) -> true, output; false, why, output.
-- No shell. why: "exit 1", "timeout" (it is killed), or why it did not start
-- ("no time left"). At most 64 KB of
-- what it writes is kept. It may wait.
function api.run(command, options)
  check.value("run", "the command", "list", command)
  if #command == 0 then core.mistake("run: the command is empty") end
  options = check.options("run", options)
  for index, word in ipairs(command) do
    check.value("run", "word " .. index .. " of the command", "text", word)
  end
  return core.run(options.timeout or 5, {
    name = command[1], arguments = command, environment = core.command_environment,
  })
end

-- write_file(path, text) -> true; false, why. The file is replaced at once.
function api.write_file(path, text)
  check.value("write_file", "the path", "text", path)
  return core.write_file(path, check.value("write_file", "the content", "text", text))
end

-- shutdown.cause ("signal", "exit", "start"), .signal ("TERM"), .process (the service that exited
-- or did not start), .grace (seconds): why we are stopping.
api.shutdown = setmetatable({}, {
  __index = function(_, name)
    local cause, signal, process, grace = core.cause()
    local values = { cause = cause, signal = signal, process = process, grace = grace }
    if name == "signal" or name == "process" or values[name] ~= nil then return values[name] end
    core.unknown("name", "shutdown." .. tostring(name),
      { ["shutdown.cause"] = 1, ["shutdown.signal"] = 1, ["shutdown.process"] = 1,
        ["shutdown.grace"] = 1 })
  end,
  __newindex = function() core.mistake("shutdown cannot be changed") end,
  __metatable = false,
})

-- Our own environment, for a command that must see what the policy sees: { "NAME=value", ... }.
function core.own_environment()
  local list = {}
  for name, value in api.pairs(environment) do list[#list + 1] = name .. "=" .. value end
  return list
end

local exported = {}

-- The environment of a child: ours, then what services.lua exports, then its own; false removes.
function core.environment_of(own)
  local merged = {}
  for _, layer in ipairs({ environment, exported, own }) do
    for name, value in next, layer do
      merged[name] = value ~= false and tostring(value) or nil
    end
  end
  return merged
end

-- The same as { "NAME=value", ... }.
function core.environment_list(own)
  local list = {}
  for name, value in api.pairs(core.environment_of(own)) do
    list[#list + 1] = name .. "=" .. value
  end
  return list
end

-- environment { NAME = "value", OTHER = false }: of every service; false removes.
function core.services_api.environment(values)
  for name, value in next, check.environment("environment", values) do exported[name] = value end
end

-- file_exists(path) -> is there a file that can be read?
function core.services_api.file_exists(path)
  local text, why = core.read_file(check.value("file_exists", "the path", "text", path))
  return text ~= nil or why == "File too large"
end

for _, name in ipairs({ "env", "env_seconds", "env_flag", "env_port", "log", "warn" }) do
  core.services_api[name] = api[name]
end
