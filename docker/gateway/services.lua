-- What one replica of the gateway runs. Everything comes from the environment, so that several
-- replicas can live on one machine; in a container the defaults fit.
local directory = env("GATEWAY_DIRECTORY", "/run/gateway") -- sockets and the router's configuration
local programs = env("GATEWAY_PROGRAMS", "/app")
local python = env("GATEWAY_PYTHON", "/app/tools/bin/python")
local router = env("GATEWAY_ENVOY", "/app/tools/envoy")

local python_executor_socket = directory .. "/python-executor.sock"
local policy_engine_socket = directory .. "/policy-engine.sock"

service "python-executor" {
  command = { python, programs .. "/python_executor.py", "--listen", python_executor_socket },
  ready = { socket = python_executor_socket, timeout = 15 },
  sockets = { python_executor_socket },
  arguments = "--py.",
  log_prefix = "[pye]",
}

service "policy-engine" {
  command = {
    python, programs .. "/policy_engine.py",
    "--listen", policy_engine_socket,
    "--python-executor", python_executor_socket,
  },
  ready = { socket = policy_engine_socket, timeout = 10 },
  sockets = { policy_engine_socket },
  arguments = "--pol.",
  log_prefix = "[pol]",
}

-- The admin is a socket that only we can open, unless a TCP port is wanted.
local admin_socket = directory .. "/router-admin.sock"
local admin = "unix:" .. admin_socket
if env_flag("ROUTER_ADMIN_ENABLED", false) then
  admin = "tcp:" .. env("ROUTER_ADMIN_HOST", "127.0.0.1") .. ":" .. env("ROUTER_ADMIN_PORT", "9901")
end

-- More configuration for the router, merged into its own.
local override = directory .. "/override.yaml"

service "router" {
  command = {
    router, "-c", directory .. "/envoy.yaml",
    "--log-level", env("LOG_LEVEL", "warning"),
    "--concurrency", env("ROUTER_CONCURRENCY", "1"),
  },
  drain = envoy { admin = admin, override = file_exists(override) and override or nil },
  sockets = { admin_socket },
  arguments = "--rtr.",
  log_prefix = "[rtr]",
}
