drain("router")
wait_idle("router", { fail_ready_after = 20 })
wait_idle("router", { fail_ready_after = 10, timeout = 10 })
wait_idle("router", { fail_ready_after = 10, timeout = env_seconds("DRAIN_SECONDS", 30) })
