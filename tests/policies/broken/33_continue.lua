for _, name in ipairs(processes()) do
  if name == "router" then
    continue
  end
  stop(name)
end
