var grace = remaining()
sleep(grace / 2)
