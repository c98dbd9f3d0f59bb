if shutdown.signal = "TERM" then
  drain("router")
end
stop("router")
