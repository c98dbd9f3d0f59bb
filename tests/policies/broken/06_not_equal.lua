local ok, why = drain("router")
if why != "refused" then
  sleep(5)
end
