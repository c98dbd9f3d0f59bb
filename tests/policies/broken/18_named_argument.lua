drain("router")
wait_idle("router", timeout = 15)
