if drain("router")
  sleep(5)
end
stop("router")
