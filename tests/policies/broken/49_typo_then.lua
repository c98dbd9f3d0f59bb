if drain("router") thne
  sleep(1)
end
