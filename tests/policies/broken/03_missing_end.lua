if drain("router") then
  if wait_idle("router") then
    log("nobody is inside")
end
stop("router")
