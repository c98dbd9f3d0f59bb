-- istio.lua: what Istio's agent does with its default settings: a graceful drain (with
-- `--drain-strategy immediate`, which the driver adds, too), terminationDrainDuration, which is 5 s
-- whatever the traffic, and SIGKILL. A drain that fails is logged and waited for all the same.
-- Kept to measure against.

drain("router")
sleep(5)
stop("router", { signal = "KILL" })

stop("policy-engine")
stop("python-executor")
