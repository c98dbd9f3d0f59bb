-- haproxy_services.lua: a services.lua with HAProxy as the router, before one application.
-- haproxy.cfg beside it is its configuration. Policies that fit: in_reverse.lua.

local directory = env("ROUTER_DIRECTORY", "/run/router") -- sockets

service "application" {
  command = { env("APPLICATION", "/app/application"), "unix:" .. directory .. "/application.sock" },
  ready = { socket = directory .. "/application.sock" },
  sockets = { directory .. "/application.sock" },
}

service "router" {
  command = { "haproxy", "-f", env("ROUTER_CONFIGURATION", "/etc/haproxy/haproxy.cfg") },
  ready = { socket = directory .. "/status.sock" },
  sockets = { directory .. "/status.sock" },
  drain = haproxy { status = "unix:" .. directory .. "/status.sock:/stats;csv" },
}
