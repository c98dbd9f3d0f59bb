-- services.lua: what the container runs.
--
--   service "policy-engine" {
--     command = { "/app/policy-engine", "-xds-server", "gateway-controller:18001" },
--     ready = { socket = "/var/run/policy-engine.sock", timeout = 10 },
--   }
--
-- Fields: command (argv, looked up in PATH); arguments ("--pol.": lastcall's own arguments with
-- this prefix are passed on as "--X"); fixed (names that may not be passed so); ready (one of
-- socket, tcp, http, delay; and timeout, 10 s if not given); log_prefix ("[name]"); env (NAME =
-- "value", false removes); directory; user; when (false: left out); sockets (removed before the
-- start and at the end); drain (made by a driver: envoy{}, nginx{}, haproxy{}, http{}, signal{}, or
-- a table of functions, see driver.lua).
local core, api = ...
local check = core.check

core.services = {} -- by name, and in their order from 1

local fields = {
  command = "list", arguments = "text", fixed = "list", ready = "table", log_prefix = "text",
  env = "table", directory = "text", user = "text", when = "flag", sockets = "list",
  drain = "table",
}

local ready_kinds = {
  socket = "text", tcp = "text", http = "text", delay = "seconds", timeout = "seconds",
}

-- The one way to be ready -> { delay =, http =, connect = an address, shown =, timeout = }
local function check_ready(call, ready)
  check.options(call, ready, ready_kinds)
  local ways = 0
  for _, kind in ipairs({ "socket", "tcp", "http", "delay" }) do
    if ready[kind] then ways = ways + 1 end
  end
  if ways ~= 1 then
    core.mistake(call .. ": ready must have one of socket, tcp, http and delay")
  end
  return {
    delay = ready.delay, http = ready.http,
    connect = ready.socket and "unix:" .. ready.socket or ready.tcp and "tcp:" .. ready.tcp,
    shown = ready.socket or ready.tcp or ready.http, timeout = ready.timeout or 10,
  }
end

local function check_texts(call, name, list)
  for index, text in ipairs(list or {}) do
    check.value(call, ("%s[%d]"):format(name, index), "text", text)
  end
end

-- The files that only a service and its driver use.
local function files_of(options, driver)
  local files = {}
  for _, paths in ipairs({ options.sockets or {}, driver and driver.files or {} }) do
    table.move(paths, 1, #paths, #files + 1, files)
  end
  return files
end

local function declare(name, options)
  local call = ("service %q"):format(name)
  check.options(call, options, fields)
  check.value(call, "command", "list", options.command)
  if #options.command == 0 then core.mistake(call .. ": command is empty") end
  check_texts(call, "command", options.command)
  check_texts(call, "sockets", options.sockets)
  check_texts(call, "fixed", options.fixed)
  check.environment(call .. ": env", options.env or {})
  local ready = options.ready and check_ready(call .. ": ready", options.ready)
  if core.services[name] then core.mistake(call .. " is there twice") end
  local number = core.declare(name)
  local driver = core.driver.bind(name, number, options.drain)
  local service = {
    name = name, number = number, options = options, driver = driver, ready = ready,
    files = files_of(options, driver), user_arguments = {},
  }
  core.services[name] = service
  core.services[#core.services + 1] = service
end

local named -- a service of which nothing more was said yet

local function check_finished()
  if named then core.mistake(("service %q: { command = ... } must follow"):format(named)) end
end

-- service "name" { ... }
function core.services_api.service(name)
  check.value("service", "the name", "text", name)
  check_finished()
  if not name:match("^[%w][%w_.-]*$") then
    core.mistake(("service: %q is not a name: letters, digits, - _ and ."):format(name))
  end
  named = name
  return function(options)
    named = nil
    declare(name, check.value("service", "what follows", "table", options))
  end
end

-- The service whose `arguments` prefix this word begins with, and the word for it: "--X".
local function owner_of(word)
  for _, service in ipairs(core.services) do
    local prefix = service.options.arguments
    if prefix and word:sub(1, #prefix) == prefix and #word > #prefix then
      return service, "--" .. word:sub(#prefix + 1)
    end
  end
end

local function prefixes()
  local list = {}
  for _, service in ipairs(core.services) do
    list[#list + 1] = service.options.arguments and service.options.arguments .. "NAME"
  end
  return #list > 0 and ("use " .. table.concat(list, ", ")) or "no service takes arguments"
end

local function refuse_argument(text)
  error(text .. " (lastcall --help)", 0)
end

-- "--rtr.X value" becomes "--X value" of the router; a value is the next word that does not begin
-- with "--".
local function distribute(words)
  local service, word
  for _, argument in ipairs(words) do
    if service and argument:sub(1, 2) ~= "--" then
      table.insert(service.user_arguments, argument)
      service = nil
    else
      service, word = owner_of(argument)
      if not service then
        refuse_argument(("unknown argument '%s': %s"):format(argument, prefixes()))
      end
      for _, fixed in ipairs(service.options.fixed or {}) do
        if word:match("^[^=]*") == "--" .. fixed then
          refuse_argument(("'%s' cannot be given: it is fixed in services.lua"):format(argument))
        end
      end
      table.insert(service.user_arguments, word)
    end
  end
end

-- What a service is started with: its command, what the user passed on; between them comes what
-- its driver needs.
local function prepare(service)
  local options, driver = service.options, service.driver
  local words = table.move(options.command, 1, #options.command, 1, {})
  table.move(service.user_arguments, 1, #service.user_arguments, #words + 1, words)
  service.process = core.process({
    name = service.name,
    arguments = words,
    environment = core.environment_list(options.env or {}),
    directory = options.directory,
    user = options.user,
    log_prefix = (options.log_prefix or "[" .. service.name .. "]") .. " ",
    drain_address = driver and driver.resort_address,
    drain_request = driver and driver.resort_request,
    stop_signal = driver and driver.stop,
  })
  if driver and driver.prepare then driver.prepare(words) end
end

local all_files = {}

-- Runs services.lua and gives each service its share of lastcall's arguments.
function core.read_services(chunk, words)
  chunk()
  check_finished()
  if #core.services == 0 then error("services.lua declares no service", 0) end
  distribute(words)
  core.command_environment = core.environment_list({}) -- of what `run` runs
  for _, service in ipairs(core.services) do
    prepare(service)
    table.move(service.files, 1, #service.files, #all_files + 1, all_files)
  end
end

-- processes() -> names in the order in which they are to be stopped: the last started first.
function api.processes()
  local names = {}
  for index = #core.services, 1, -1 do names[#names + 1] = core.services[index].name end
  return names
end

function core.remove_sockets()
  core.remove_files(all_files)
end
