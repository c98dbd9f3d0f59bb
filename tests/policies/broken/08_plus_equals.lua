local waited = 0
waited += 1
sleep(waited)
