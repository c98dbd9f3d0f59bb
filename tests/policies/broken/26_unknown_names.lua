drian("router")
if false then
  wait_idel("router")
end
