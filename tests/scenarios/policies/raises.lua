drain("router")
wait_idle("router", { timeout = 15 })
error("a mistake that no check can see")
