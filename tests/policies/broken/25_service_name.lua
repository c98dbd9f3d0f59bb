drain("ruoter")
stop(policy-engine)
