fi drain("router") then
  sleep(1)
end
