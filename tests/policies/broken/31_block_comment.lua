/* stop everything
   in order */
stop("router")
