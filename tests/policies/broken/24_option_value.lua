stop("router", { timeout = "5s" })
sleep("10")
