wait_idle("router", { timeout: 15 })
stop("router", { "timeout": 5 })
