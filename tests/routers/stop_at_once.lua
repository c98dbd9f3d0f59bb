-- The control: no drain; the router gets the signal that the environment names.
for _, name in ipairs(processes()) do
  stop(name, { signal = name == "router" and env("ROUTER_SIGNAL", "TERM") or "TERM" })
end
