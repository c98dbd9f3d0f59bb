-- Clients: when may the router be left?

scenario "nobody calls" {
  source = "just-containers/s6-overlay#204: the grace time is slept even when all have gone",
  expect = {
    happened("idle", "router"),
    stop_order("router", "policy-engine", "python-executor"),
    finished_within(2),
    exit_code_is(0),
  },
}

scenario "a busy pool of clients, and routing moves at once" {
  source = "wso2/api-platform#2121: 105 resets in a rolling restart of two replicas",
  world = {
    router = {
      clients = { connections = 380, requests_per_second = 5, routing_moves = after_signal(1) },
    },
  },
  expect = {
    happened("idle", "router"),
    stopped_not_before("router", 1),
    stopped_within("router", 2),
    cut_at_most(0),
    refused_at_most(0),
    failed_at_most(0),
    exit_code_is(0),
  },
}

scenario "a few clients come now and then, and routing moves slowly" {
  source = "measured: a window of silence from the request rate left after 1.8 s, 16 were refused",
  signal = at(70),
  world = {
    router = {
      clients = { connections = 380, requests_per_second = 5, new_connections_per_second = 5,
                  routing_moves = after_signal(6) },
    },
  },
  expect = {
    happened("idle", "router"),
    stopped_not_before("router", 6),
    stopped_within("router", 10),
    cut_at_most(0),
    refused_at_most(0),
    exit_code_is(0),
  },
}

scenario "requests are longer than the drain time" {
  source = "grpc/grpc-go#2888: GracefulStop waits for ever for a stream that is open",
  world = {
    router = { clients = { long_requests = 3, long_requests_end = after_signal(60) } },
  },
  expect = {
    happened("not idle", "router", "timeout"),
    stopped_not_before("router", 14),
    stopped_within("router", 16),
    cut_at_most(3),
    finished_within(17),
    exit_code_is(0),
  },
}

scenario "a request takes 8 seconds and is waited for" {
  source = "measured: the policy engine waits for an open stream, and refuses all others meanwhile",
  world = {
    router = { clients = { long_requests = 3, long_requests_end = after_signal(8) } },
  },
  expect = {
    happened("idle", "router"),
    stopped_not_before("router", 8),
    stopped_within("router", 10),
    cut_at_most(0),
    exit_code_is(0),
  },
}

scenario "WebSockets are open and never end" {
  source = "istio/istio#54060, envoyproxy/envoy#45250: nothing tells them to go",
  world = { router = { clients = { websockets = 12 } } },
  expect = {
    happened("idle", "router"),
    stopped_within("router", 2),
    finished_within(2),
    exit_code_is(0),
  },
}

scenario "probes never stop" {
  source = "envoyproxy/gateway#4125: the monitoring's connection keeps it from being idle",
  signal = at(30),
  world = { router = { clients = { probes_per_second = 1 } } },
  expect = {
    stopped_within("router", 16),
    finished_within(16),
    cut_at_most(0),
    exit_code_is(0),
  },
}

scenario "clients keep connections that they do not use" {
  source = "envoyproxy/envoy#14350, istio/istio#48409: idle connections are never told to close",
  world = { router = { clients = { connections = 100, requests_per_second = 0 } } },
  expect = {
    happened("idle", "router"),
    stopped_not_before("router", 5),
    stopped_within("router", 6),
    exit_code_is(0),
  },
}

scenario "all goes wrong at once" {
  source = "every bad night has more than one reason",
  grace = 20,
  second_signal = after_signal(9),
  world = {
    router = {
      admin = hangs { from = after_signal(0.2) }, admin_takes = 0.2, exits_after = 6,
      clients = { connections = 200, requests_per_second = 5, long_requests = 4,
                  long_requests_end = after_signal(50), websockets = 5, probes_per_second = 2,
                  routing_moves = after_signal(10) },
    },
    ["policy-engine"] = { crashes = after_signal(1), children_stay = for_ever },
    ["python-executor"] = { ignores_term = true, freezes = at(3) },
  },
  expect = {
    happened("hurry"),
    happened("KILL", "python-executor"),
    finished_within(13),
    exit_code_is(75),
  },
}
