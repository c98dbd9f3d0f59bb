-- The drivers http{} and signal{} with service.py as the router.
local admin = "unix:" .. env("ROUTER_DIRECTORY") .. "/admin.sock"

local drivers = {
  http = http {
    drain = "POST " .. admin .. ":/drain",
    in_flight = admin .. ":/stats", pointer = "/requests/active", requests = "/requests/total",
    connections = "/connections/total", http1 = "/connections/open",
  },
  signal = signal { drain = "USR1", in_flight = admin .. ":/active" },
}

service "router" {
  command = { env("ROUTER_PROGRAM"), env("ROUTER_ADDRESS"), admin },
  ready = { socket = admin:sub(#"unix:" + 1) },
  sockets = { admin:sub(#"unix:" + 1) },
  drain = drivers[env("ROUTER_DRIVER")],
}
