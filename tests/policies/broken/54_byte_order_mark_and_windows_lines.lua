if drain("router") then
  wait_idel("router", { timeout = 15 })
end
stop("router")
stop("policy-engine")
stop("python-executor")
