-- Stopping: TERM, wait until the last process of the group is gone, KILL when its time is up.
local core, api = ...
local check = core.check

local KILL_SECONDS = 1     -- from KILL until it is gone: longer only in state D
local PID_MAX = 0x7fffffff

-- Sends a signal to the service; when its leader has exited, to its process group. CONT follows:
-- a stopped process keeps TERM pending.
local function send(service, signal, group)
  local sent = core.signal(service.number, signal, group)
  core.signal(service.number, "CONT", group)
  return sent
end

-- The leader has exited. One that leaves nobody behind is gone with the next event.
local function group_gone(service)
  return core.wait(service.number, "gone", 0, "stop")
end

-- The leader has exited: its children have the rest of the time.
local function end_group(service, limit)
  if group_gone(service) then return true end
  if send(service, "TERM", true) then
    core.event({ service = service.name, what = "TERM", why = "to the processes it left behind" })
  end
  return core.wait(service.number, "gone", limit - core.now(), "stop")
end

local function kill(service, waited)
  core.event({ service = service.name, what = "KILL", warning = true,
    why = core.format("still there after %.1f s", waited) })
  core.signal(service.number, "KILL", true)
  core.mark_killed()
  if core.wait(service.number, "gone", KILL_SECONDS, "kill") then return true, "killed" end
  return false, "still running"
end

-- stop(who, { timeout =, signal =, kill = true }) -> true, "exited" / "killed" / "already";
-- false, "still running". Waits for the full exit of the service and of what it has started.
-- timeout: three parts of the time left, of which each other service that is alive has one.
-- signal: what its driver says, else TERM. kill = false: no KILL when the time is up.
function api.stop(who, options)
  local service = check.service("stop", who)
  options = check.options("stop", options)
  local state, pid = core.state(service.number)
  if state == "declared" or state == "gone" then return true, "already" end
  if state == "exited" and group_gone(service) then return true, "already" end

  local begun = core.now()
  local timeout = core.share(service.number, options.timeout)
  local signal = options.signal or (service.driver and service.driver.stop) or "TERM"
  core.mark_stopping(service.number)
  if state == "running" then
    send(service, signal, false)
    core.event({ service = who, what = signal,
      why = core.format("pid %d, up to %.1f s", pid, timeout) })
  end
  if core.wait(service.number, "exited", timeout, "stop")
    and end_group(service, begun + timeout) then
    return true, "exited"
  end
  if options.kill == false then return false, "still running" end
  return kill(service, core.now() - begun)
end

-- wait_exit(who, { timeout = }) -> true, exit code; false, "timeout". Sends nothing, and does not
-- wait for what the service leaves behind.
function api.wait_exit(who, options)
  local service = check.service("wait_exit", who)
  options = check.options("wait_exit", options)
  local timeout = options.timeout or core.share(service.number)
  if not core.wait(service.number, "exited", timeout, "anything") then return false, "timeout" end
  group_gone(service)
  local _, _, code = core.state(service.number)
  return true, code
end

-- true; false, why.
local function results(sent, why)
  if sent then return true end
  return false, why
end

-- signal(who, "HUP") -> true; false, "not running". To the process alone.
function api.signal(who, signal)
  local service = check.service("signal", who)
  local sent, why = core.signal(service.number, check.value("signal", "the signal", "text", signal))
  core.event({ service = who, what = signal, why = why or "sent by the policy" })
  return results(sent, why)
end

-- kill_pid(pid, "TERM") -> true; false, "not running" / "not ours": only processes of this
-- container.
function api.kill_pid(pid, signal)
  check.value("kill_pid", "the pid", "number", pid)
  if pid < 2 or pid > PID_MAX or pid % 1 ~= 0 then
    core.mistake("kill_pid: the pid must be a whole number above 1")
  end
  local sent, why = core.signal_pid(math.tointeger(pid),
    check.value("kill_pid", "the signal", "text", signal or "TERM"))
  core.event({ what = signal or "TERM", why = core.format("pid %d: %s", pid, why or "sent") })
  return results(sent, why)
end

-- alive(who) -> is it running?
function api.alive(who)
  return core.state(check.service("alive", who).number) == "running"
end

-- pid(who) -> its process id, nil when it does not run.
function api.pid(who)
  local state, pid = core.state(check.service("pid", who).number)
  return state == "running" and pid or nil
end
