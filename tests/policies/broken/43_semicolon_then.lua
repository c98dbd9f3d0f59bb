if drain("router"); then
  sleep(5)
fi
