-- Signals and the time that there is.

scenario "the signal comes while it still starts" {
  source = "canonical/pebble#502 and daily-co/pipecat-cloud-images#104: TERM during the start",
  signal = at(2),
  world = { ["policy-engine"] = { ready_after = 8 } },
  expect = {
    never("started", "router"),
    stop_order("policy-engine", "python-executor"),
    finished_within(1),
    exit_code_is(0),
  },
}

scenario "a second signal hurries" {
  source = "the bash entrypoint drains once more for each TERM; hashicorp/nomad#11596: skip it",
  second_signal = after_signal(4),
  world = {
    router = { clients = { long_requests = 5, long_requests_end = after_signal(60) } },
    ["policy-engine"] = { exits_after = 20 },
  },
  expect = {
    happened("hurry"),
    stopped_within("router", 7),
    finished_within(8),
    exit_code_is(75),
  },
}

scenario "a third signal kills" {
  source = "F1bonacc1/process-compose#354: something blocks the shutdown; how to force it?",
  second_signal = after_signal(2),
  third_signal = after_signal(3),
  world = {
    ["policy-engine"] = { ignores_term = true },
    ["python-executor"] = { ignores_term = true },
  },
  expect = {
    happened("hurry"),
    finished_within(3.1),
    exit_code_is(75),
  },
}

scenario "grace is only 5 seconds, and somebody is inside" {
  source = "linkerd/linkerd2#10058: a wait that is longer than the grace ends with 137",
  grace = 5,
  world = {
    router = { clients = { long_requests = 5, long_requests_end = after_signal(60) } },
    ["policy-engine"] = { ignores_term = true },
  },
  expect = {
    stop_order("router", "policy-engine", "python-executor"),
    happened("KILL", "policy-engine"),
    finished_within(4),
    cut_at_most(5),
    exit_code_is(75),
  },
}

scenario "grace is 5 minutes, and a balancer takes 2 of them to notice" {
  source = "kubernetes-sigs/aws-load-balancer-controller#2366: new connections 120 s after leaving",
  grace = 300,
  environment = { ROUTER_DRAIN_TIME_SECONDS = 240 },
  world = {
    router = {
      clients = { new_connections_per_second = 20, routing_moves = after_signal(120) },
    },
  },
  expect = {
    stopped_not_before("router", 120),
    finished_within(130),
    refused_at_most(0),
    cut_at_most(0),
    exit_code_is(0),
  },
}

scenario "the platform kills before the grace is over" {
  source = "kubernetes/kubernetes#50032: a container is not told its grace period",
  platform_kills = after_signal(9),
  world = { ["policy-engine"] = { ignores_term = true } },
  expect = {
    stopped_within("router", 2),
    stopped_within("policy-engine", 2),
    finished_within(9),
    exit_code_is(137),
  },
}

scenario "draining is turned off" {
  source = "the bash entrypoint: ROUTER_DRAIN_TIME_SECONDS=0",
  environment = { ROUTER_DRAIN_TIME_SECONDS = 0 },
  world = { router = { clients = { connections = 50, requests_per_second = 5 } } },
  expect = {
    never("drain"),
    stopped_within("router", 0),
    finished_within(0.5),
    breaks("no-request-cut"),
    exit_code_is(0),
  },
}
