-- nginx_services.lua: a services.lua with nginx as the router, before one application. nginx.conf
-- beside it is its configuration. Policies that fit: in_reverse.lua.

local directory = env("ROUTER_DIRECTORY", "/run/router") -- sockets, and the file of the drain

service "application" {
  command = { env("APPLICATION", "/app/application"), "unix:" .. directory .. "/application.sock" },
  ready = { socket = directory .. "/application.sock" },
  sockets = { directory .. "/application.sock" },
}

service "router" {
  command = { "nginx", "-c", env("ROUTER_CONFIGURATION", "/etc/nginx/nginx.conf") },
  ready = { socket = directory .. "/status.sock" },
  sockets = { directory .. "/status.sock" },
  drain = nginx {
    status = "unix:" .. directory .. "/status.sock:/status",
    drain_file = directory .. "/draining",
  },
}
