std = "lua54"
max_line_length = 100

-- The library: called with core and api; may touch what plain Lua has.
files["lua/*.lua"] = { ignore = { "211/api" } }

-- What a policy sees (lua/sandbox.lua keeps the list).
local names = {
  "drain", "fail_ready", "wait_idle", "in_flight", "connections", "stop", "wait_exit", "signal",
  "kill_pid", "alive", "pid", "processes", "sleep", "remaining", "elapsed", "http", "json", "run", "write_file", "parallel",
  "race", "with_timeout", "retry", "log", "warn", "env", "env_seconds", "env_flag", "env_port",
  "exit_code", "shutdown",
}
files["policies/**/*.lua"] = { read_globals = names }
files["tests/**/*.lua"] = { read_globals = names }

-- What a scenario file sees (lua/chaos_*.lua).
files["tests/scenarios/**/*.lua"] = {
  globals = {},
  read_globals = {
    "scenario", "at", "after_signal", "for_ever", "answers", "refuses", "resets", "hangs",
    "status", "garbage", "floods", "finished_within", "finished_not_before", "stopped_within",
    "stopped_not_before", "stop_order", "happened", "never", "exit_code_is", "cut_at_most",
    "refused_at_most", "failed_at_most", "work_cut_at_most", "breaks", "between", "one_of",
    "chance",
  },
}

-- What services.lua sees.
local services_names = {
  "service", "environment", "file_exists", "envoy", "nginx", "haproxy", "http", "signal", "env",
  "env_seconds", "env_flag", "env_port", "json", "sleep", "run", "write_file", "log", "warn",
  "alive", "pid", "elapsed", "remaining", "retry", "with_timeout", "parallel", "race",
}
files["**/*services.lua"] = { read_globals = services_names }
