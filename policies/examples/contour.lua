-- contour.lua: what Contour's shutdown-manager does with its default settings. Health checks fail,
-- by which every response closes its connection. Then a look every 5 s, the
-- first at once: it leaves when no connection is open, and waits without any limit of its own.
-- Kept to measure against. Left out, in its favour: Envoy's preStop hook hears of it within 1 s.

fail_ready("router")

while connections("router") ~= 0 do -- nil: unknown, and it looks again
  if not sleep(5) then break end -- the end of the grace; there it would be killed
end

stop("router")
stop("policy-engine")
stop("python-executor")
