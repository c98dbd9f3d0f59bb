std = "lua54"
max_line_length = 100

-- The library: called with core and api; may touch what plain Lua has.
files["lua/*.lua"] = { ignore = { "211/api" } }

-- What a policy sees (lua/sandbox.lua keeps the list).
local names = {
  "drain", "wait_idle", "in_flight", "stop", "wait_exit", "signal", "kill_pid", "alive", "pid",
  "processes", "sleep", "remaining", "elapsed", "http", "json", "run", "write_file", "parallel",
  "race", "with_timeout", "retry", "log", "warn", "env", "env_seconds", "env_flag", "env_port",
  "exit_code", "shutdown",
}
files["policies/**/*.lua"] = { read_globals = names }
files["policies/services.lua"] = {
  read_globals = { "service", "environment", "file_exists", "envoy", "env", "env_seconds",
                   "env_flag", "env_port" },
}
files["docker/gateway/services.lua"] = files["policies/services.lua"]
files["tests/**/*.lua"] = { read_globals = names }
