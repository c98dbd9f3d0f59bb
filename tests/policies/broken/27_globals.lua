retries = 3
os.execute("sleep 5")
