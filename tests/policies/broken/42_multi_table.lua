stop("router", {
  timeout = 5
  kill = true
})
