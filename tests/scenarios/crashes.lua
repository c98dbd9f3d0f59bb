-- Services that exit by themselves, or never begin.

scenario "the python executor crashes while all is well" {
  source = "measured on the bash entrypoint: 9.5 s of errors, as the engine was stopped first",
  signal = at(60),
  world = {
    ["python-executor"] = { crashes = at(10) },
    router = { clients = { connections = 50, requests_per_second = 2 } },
  },
  expect = {
    happened("shutdown", nil, "python-executor"),
    stop_order("router", "policy-engine"),
    finished_within(6),
    cut_at_most(0),
    exit_code_is(1),
  },
}

scenario "the router crashes while all is well" {
  source = "Supervisor/supervisor#733: exit non-zero when a program dies for good",
  signal = at(60),
  world = { router = { crashes = at(10), clients = { connections = 50 } } },
  expect = {
    happened("shutdown", nil, "router exited by itself"),
    never("drain"),
    stop_order("policy-engine", "python-executor"),
    finished_within(1),
    exit_code_is(1),
  },
}

scenario "the router crashes during its drain" {
  source = "emissary-ingress/emissary#1473: Envoy is killed as soon as its supervisor stops",
  world = {
    router = {
      crashes = after_signal(1),
      clients = { connections = 50, requests_per_second = 5, routing_moves = after_signal(6) },
    },
  },
  expect = {
    happened("waiting", "router"),
    never("idle", "router"),
    stop_order("policy-engine", "python-executor"),
    finished_within(1.2),
    exit_code_is(0),
  },
}

scenario "the policy engine crashes during the drain" {
  source = "istio/istio#15704: the application is gone before its proxy",
  world = {
    ["policy-engine"] = { crashes = after_signal(1) },
    router = {
      clients = { connections = 50, requests_per_second = 5, routing_moves = after_signal(3) },
    },
  },
  expect = {
    happened("idle", "router"),
    never("TERM", "policy-engine"),
    stop_order("router", "python-executor"),
    cut_at_most(0),
    exit_code_is(0),
  },
}

scenario "a service crashes before it is ready" {
  source = "the bash entrypoint exits with the first code, and leaves the others to the kernel",
  signal = at(60),
  world = { ["policy-engine"] = { ready_after = 5, crashes = at(1) } },
  expect = {
    never("started", "router"),
    happened("TERM", "python-executor"),
    finished_within(1),
    exit_code_is(1),
  },
}

scenario "a service is never ready" {
  source = "the bash entrypoint ends with 1 while the python executor still runs, never asked to",
  signal = at(60),
  world = { ["policy-engine"] = { never_ready = true } },
  expect = {
    never("started", "router"),
    stop_order("policy-engine", "python-executor"),
    finished_within(1),
    exit_code_is(1),
  },
}

scenario "a service cannot be executed" {
  source = "an image without the program: 127, as a shell says it",
  world = { router = { cannot_start = true } },
  expect = {
    stop_order("policy-engine", "python-executor"),
    never("serving"),
    finished_within(1),
    exit_code_is(127),
  },
}

scenario "everything dies while the router drains" {
  source = "a node that runs out of memory: the kernel kills them all, one after the other",
  signal = at(60),
  world = {
    ["python-executor"] = { crashes = at(4) },
    ["policy-engine"] = { crashes = at(5) },
    router = {
      crashes = at(6),
      clients = { connections = 50, requests_per_second = 5, routing_moves = after_signal(9) },
    },
  },
  expect = {
    happened("shutdown", nil, "python-executor exited by itself"),
    happened("exited", "router"),
    never("TERM"),
    never("KILL"),
    finished_within(3),
    exit_code_is(1),
  },
}
