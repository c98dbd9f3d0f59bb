-- A bad day: forty worlds in which any service does anything. The invariants must hold in each.

for number = 1, 40 do
  local grace = between(10, 60)

  scenario("a bad day, number " .. number) {
    source = "kubernetes/kubernetes#20473: every hop has its own delay, and nobody knows them all",
    grace = grace,
    second_signal = chance(0.2, after_signal(between(0.1, 10.0))),
    world = {
      router = {
        exits_after = between(0.0, 5.0), ignores_term = chance(0.1, true),
        admin = one_of(answers(), answers(), refuses(), hangs(), status(503), garbage(),
                       resets { from = after_signal(between(0.1, 3.0)) }),
        clients = {
          connections = between(0, 500), new_connections_per_second = between(0, 20),
          long_requests = between(0, 5), long_requests_end = after_signal(between(1, 30)),
          routing_moves = after_signal(between(0.2, 10.0)),
        },
      },
      ["policy-engine"] = {
        exits_after = between(0.0, 5.0), crashes = chance(0.2, after_signal(between(0.1, 9.0))),
        children_stay = chance(0.2, between(1, 20)),
      },
      ["python-executor"] = {
        exits_after = between(0.0, 30.0), freezes = chance(0.2, at(between(1, 20))),
      },
    },
    expect = { finished_within(grace - 1), never("verdict", nil, "policy failed") },
  }
end
