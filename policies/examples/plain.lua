-- plain.lua: no drain, as most containers end today. TERM reaches the router at once, and every
-- request inside is lost. Kept to measure against.

stop("router")
stop("policy-engine")
stop("python-executor")
