-- own_driver_services.lua: a services.lua with a driver written by hand (lua/README.md says how),
-- for a service that drains when it is asked to on its admin, and counts its requests there.

local address = env("ROUTER_ADDRESS", "tcp:0.0.0.0:8080")
local admin = "unix:" .. env("ROUTER_DIRECTORY", "/run/router") .. "/admin.sock"

local driver = {
  drain = function(who, seconds)
    local answer, why, status = http.post(admin .. ":/drain", { timeout = seconds })
    if not answer then return signal(who, "USR1"), "by SIGUSR1, since the admin said " .. why end
    return true, "told by its admin", status
  end,

  in_flight = function(_, seconds)
    local answer, why, status = http.get(admin .. ":/stats", { timeout = seconds })
    local stats = answer and json(answer.body)
    if not stats then return nil, why or "unknown", status end
    return {
      active = stats.requests.active, requests = stats.requests.total,
      connections = stats.connections.total, http1 = stats.connections.open,
    }
  end,
}

service "router" {
  command = { env("ROUTER_PROGRAM", "/app/router"), address, admin },
  ready = { socket = admin:sub(#"unix:" + 1) },
  sockets = { admin:sub(#"unix:" + 1) },
  drain = driver,
}
