-- für später
läuft = alive("router")
