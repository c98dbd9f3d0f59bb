-- nginx without a drain_file: nobody tells its clients to go.
local directory = env("ROUTER_DIRECTORY")

service "application" {
  command = { env("APPLICATION"), "unix:" .. directory .. "/application.sock" },
  ready = { socket = directory .. "/application.sock" },
  sockets = { directory .. "/application.sock" },
}

service "router" {
  command = { "nginx", "-c", env("ROUTER_CONFIGURATION") },
  ready = { socket = directory .. "/status.sock" },
  sockets = { directory .. "/status.sock" },
  drain = nginx { status = "unix:" .. directory .. "/status.sock:/status" },
}
