print "a" .. "b"
