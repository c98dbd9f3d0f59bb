-- Policies that are wrong: what a scenario finds in them.

local busy = { connections = 100, requests_per_second = 5, routing_moves = after_signal(1) }

scenario "a policy stops what the router needs before the router" {
  source = "kubernetes/ingress-nginx#13215: the controller stops, its proxy serves old routes",
  policy = "policies/swapped.lua",
  world = { router = { clients = busy } },
  expect = {
    breaks("order-kept"),
    stop_order("policy-engine", "router", "python-executor"),
    finished_within(3),
  },
}

scenario "a policy sends TERM to a busy router at once" {
  source = "wso2/api-platform#2121: SIGTERM ends Envoy in 7 ms, with everybody inside",
  policy = "../../policies/examples/plain.lua",
  world = { router = { clients = busy } },
  expect = {
    breaks("no-request-cut"),
    never("drain"),
    finished_within(1),
  },
}

scenario "a policy sleeps 15 seconds although nobody calls" {
  source = "kubernetes/kubernetes#64510: people inject sleep 15 fleet-wide",
  policy = "../../policies/examples/fixed_wait.lua",
  expect = {
    breaks("no-needless-wait"),
    finished_not_before(15),
    finished_within(16),
    exit_code_is(0),
  },
}

scenario "a policy raises in the middle" {
  source = "nodemcu/nodemcu-firmware#305: a faulty script, and nothing behind it",
  policy = "policies/raises.lua",
  world = { router = { clients = busy } },
  expect = {
    breaks("policy-returns"),
    stop_order("router", "policy-engine", "python-executor"),
    cut_at_most(0),
    stopped_not_before("router", 4.9),
    finished_within(5.5),
    exit_code_is(77),
  },
}
