for _, name in ipairs(processes())
  stop(name)
end
