local function stop_all()
  stop("router")

stop_all()
