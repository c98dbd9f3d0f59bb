local t = 5 // time to wait here
sleep(t)
