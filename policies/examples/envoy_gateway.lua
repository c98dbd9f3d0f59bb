-- envoy_gateway.lua: what Envoy Gateway's shutdown-manager does with its default settings. Health
-- checks fail, by which every response closes its connection. Then a look each second: it leaves
-- when more than 10 s have passed and nothing is open, or after 60 s. Kept to measure against.
-- Left out, in its favour: its two preStop hooks find that out from each other within 1 s more.

local least, most = 10, 60 -- seconds
local begun = elapsed()

fail_ready("router") -- what goes wrong is logged, and it goes on

while true do
  local open = connections("router") -- nil: unknown, which counts as somebody
  local waited = elapsed() - begun
  if waited > most or (waited > least and open == 0) then break end
  if not sleep(1) then break end -- the end of the grace; there it would be killed
end

stop("router")
stop("policy-engine")
stop("python-executor")
