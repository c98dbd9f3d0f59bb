-- services.lua: what this container runs, in the order in which it is started. Each service is
-- started when the one before is ready.

local sockets = "/var/run/api-platform"
local python_socket = sockets .. "/python-executor.sock"
local policy_socket = sockets .. "/policy-engine.sock"

local controller = env("GATEWAY_CONTROLLER_HOST", "gateway-controller")
local router_xds_port = env_port("ROUTER_XDS_PORT", 18000)
local policy_xds_port = env_port("POLICY_ENGINE_XDS_PORT", 18001)
local log_level = env("LOG_LEVEL", "info")
local concurrency = env("ROUTER_CONCURRENCY", "0")
local admin_host = env("ROUTER_ADMIN_HOST", "127.0.0.1")
local admin_port = env_port("ROUTER_ADMIN_PORT", 9901)

environment {
  GATEWAY_CONTROLLER_HOST = controller,
  ROUTER_XDS_PORT = router_xds_port,
  POLICY_ENGINE_XDS_PORT = policy_xds_port,
  XDS_SERVER_HOST = env("XDS_SERVER_HOST", controller),
  XDS_SERVER_PORT = env_port("XDS_SERVER_PORT", router_xds_port),
  LOG_LEVEL = log_level,
  GOMAXPROCS = env("GOMAXPROCS", "2"),
  ROUTER_CONCURRENCY = concurrency,
  APIP_GW_POLICY_ENGINE_METRICS_ENABLED = env("APIP_GW_POLICY_ENGINE_METRICS_ENABLED", "true"),
  APIP_GW_ROUTER_RE2_MAX_PROGRAM_SIZE = env("APIP_GW_ROUTER_RE2_MAX_PROGRAM_SIZE", "400"),
  PYTHON_POLICY_WORKERS = env("PYTHON_POLICY_WORKERS", "4"),
  PYTHON_POLICY_MAX_CONCURRENT = env("PYTHON_POLICY_MAX_CONCURRENT", "100"),
  PYTHON_POLICY_TIMEOUT = env("PYTHON_POLICY_TIMEOUT", "30"),
  ROUTER_ADMIN_ENABLED = env("ROUTER_ADMIN_ENABLED", "false"),
  ROUTER_ADMIN_HOST = admin_host,
  ROUTER_ADMIN_PORT = admin_port,
  ROUTER_DRAIN_TIME_SECONDS = env("ROUTER_DRAIN_TIME_SECONDS", "15"),
  PYTHON_EXECUTOR_SOCKET = python_socket,
}

service "python-executor" {
  command = { "python3", "/app/python-executor/main.py", "--listen", python_socket },
  arguments = "--py.",
  fixed = { "socket", "listen" },
  env = { PYTHON_EXECUTOR_LISTEN = false },
  when = file_exists("/app/python-executor/python_policy_registry.py"),
  ready = { socket = python_socket, timeout = 15 },
  sockets = { python_socket },
  log_prefix = "[pye]",
}

service "policy-engine" {
  command = { "/app/policy-engine", "-xds-server", controller .. ":" .. policy_xds_port },
  arguments = "--pol.",
  ready = { socket = policy_socket, timeout = 10 },
  sockets = { policy_socket },
  log_prefix = "[pol]",
}

-- The admin is a socket that only we can open, unless a TCP port is wanted.
local admin = "unix:" .. sockets .. "/router-admin.sock"
if env_flag("ROUTER_ADMIN_ENABLED", false) then
  admin = "tcp:" .. admin_host .. ":" .. admin_port
end

service "router" {
  command = {
    "/usr/local/bin/envoy", "-c", "/etc/envoy/envoy.yaml",
    "--log-level", log_level, "--concurrency", concurrency,
  },
  arguments = "--rtr.",
  drain = envoy { admin = admin, override = "/etc/envoy/config-override.yaml" },
  sockets = { sockets .. "/router-admin.sock" },
  log_prefix = "[rtr]",
}
