if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
if drain("router") then
  wait_idle("router", { timeout = 15 })
end
stop("router"