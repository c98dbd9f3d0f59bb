router:stop()
