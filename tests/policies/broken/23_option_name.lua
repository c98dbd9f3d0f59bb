wait_idle("router", { timeot = 15 })
stop("router", { timeout = 5, sginal = "INT" })
