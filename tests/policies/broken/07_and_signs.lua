if drain("router") && wait_idle("router") then
  log("idle")
end
