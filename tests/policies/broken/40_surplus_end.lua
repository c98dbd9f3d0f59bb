if drain("router") then
  sleep(5)
end
end
stop("router")
