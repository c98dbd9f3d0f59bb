-- The start: services in their order, each when the one before is ready.
local core, api = ...

local QUICK_POLL = 0.003 -- seconds between two looks whether a service is ready, at first;
local QUICK_TIME = 1     -- for so long
local SLOW_POLL = 0.05
local TRIAL_LIMIT = 2    -- seconds: --brief ends within one

-- Waits until somebody accepts connections: true, or false and why not.
local function wait_connect(address, timeout)
  local begun = core.now()
  local ready, why = core.connect(address, math.min(timeout, QUICK_TIME), QUICK_POLL)
  local left = timeout - (core.now() - begun)
  if not ready and left > 0 then ready, why = core.connect(address, left, SLOW_POLL) end
  return ready ~= nil, why
end

-- Waits until a GET is answered with 2xx: the same.
local function wait_http(address, timeout)
  local begun = core.now()
  while true do
    local status, why = core.http("GET", address, 1)
    if status and status >= 200 and status <= 299 then return true end
    local waited = core.now() - begun
    if waited >= timeout then return false, status and "status " .. status or why end
    core.sleep(waited < QUICK_TIME and QUICK_POLL or SLOW_POLL)
  end
end

-- true, or false and why not within its timeout. If the service exits meanwhile, the engine ends
-- the start.
local function wait_ready(ready)
  if ready.delay then return core.sleep(ready.delay) end
  local is_ready, why
  if ready.http then
    is_ready, why = wait_http(ready.http, ready.timeout)
  else
    is_ready, why = wait_connect(ready.connect, ready.timeout)
  end
  if is_ready then return true end
  return false, ("not ready within %g s: %s gives '%s'"):format(ready.timeout, ready.shown, why)
end

local function launch(service)
  local driver = service.driver
  core.remove_files(service.files)
  return core.start(service.number, service.process,
    driver and driver.arguments and driver.arguments(), #service.options.command)
end

-- Starts one service and waits until it is ready; else why not and an exit code.
local function start_service(service)
  local begun = core.now()
  local pid, why, code = launch(service)
  if not pid then
    return ("%s: %s: %s; see its command in services.lua"):format(
      service.name, service.options.command[1], why), code
  end
  core.event({ service = service.name, what = "started", why = "pid " .. pid })
  if service.driver then core.watch(service) end
  if not service.ready then return nil end
  local ready, reason = wait_ready(service.ready)
  if not ready then return service.name .. ": " .. reason, 1 end
  core.event({ service = service.name, what = "ready", took = core.now() - begun })
end

-- The policy is tried in simulated shutdowns: by a process of its own, so that nothing in there can
-- hurt us, and beside all else. Silence is good. A shutdown that begins meanwhile kills it.
-- core.try_policy(command) -> nothing when it is sound; else "exit 2" (risky), "exit 1", "timeout"
function core.try_policy(command)
  local ok, why, output = core.run(TRIAL_LIMIT, {
    name = "the check of the policy", arguments = command, environment = core.own_environment(),
  })
  if ok then return end
  for line in (output or ""):gmatch("[^\n]+") do core.print(line, true) end
  if not output or output == "" then
    core.print(("the policy was not tried in simulated shutdowns: %s"):format(why), true)
  end
  return why
end

-- Returns nothing when all are up; else the name of the service, why, and an exit code.
function core.start_services()
  for _, service in ipairs(core.services) do
    if service.options.when ~= false then
      local ok, why, code = pcall(start_service, service)
      if why then return service.name, why, ok and code or 1 end
    end
  end
  core.event({ what = "serving", why = "all services are up" })
  local command = core.check_command()
  if command then core.spawn(core.try_policy, command) end
end
