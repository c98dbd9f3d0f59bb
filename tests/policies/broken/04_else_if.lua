if shutdown.cause == "exit" then
  log("crashed")
else if shutdown.cause == "start" then
  log("did not start")
end
stop("router")
