stop("router" { timeout = 5 })
