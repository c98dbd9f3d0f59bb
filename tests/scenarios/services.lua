-- Services that do not exit as they should.

scenario "a service ignores TERM" {
  source = "mrmn2/PdfDing#165: TERM is ignored, KILL comes when the grace is over",
  world = { ["python-executor"] = { ignores_term = true } },
  expect = {
    stop_order("router", "policy-engine", "python-executor"),
    happened("KILL", "python-executor"),
    never("KILL", "policy-engine"),
    never("KILL", "router"),
    finished_not_before(20),
    finished_within(29),
    exit_code_is(75),
  },
}

scenario "every service ignores TERM" {
  source = "F1bonacc1/process-compose#214: stop waits for ever; kill after a timeout",
  world = {
    router = { ignores_term = true },
    ["policy-engine"] = { ignores_term = true },
    ["python-executor"] = { ignores_term = true },
  },
  expect = {
    stop_order("router", "policy-engine", "python-executor"),
    happened("KILL", "router"),
    happened("KILL", "policy-engine"),
    happened("KILL", "python-executor"),
    finished_within(29),
    exit_code_is(75),
  },
}

scenario "a service is frozen and wakes when it is stopped" {
  source = "a stopped process keeps TERM pending: of ten inits, only s6 and systemd send CONT",
  world = { ["policy-engine"] = { freezes = after_signal(0.5) },
            router = { exits_after = 2 } },
  expect = {
    happened("exited", "policy-engine", "code 0"),
    never("KILL"),
    finished_within(5),
    exit_code_is(0),
  },
}

scenario "the router is frozen before the signal" {
  source = "measured on Envoy 1.40: frozen, it accepts the admin's connection and never answers",
  world = { router = { freezes = at(3), clients = { connections = 20 } } },
  expect = {
    happened("drain", "router", "FAILED: timeout"),
    happened("watching", "router", "does not say how busy it is"), -- it may go on: 7 s
    never("KILL"),
    finished_within(10),
    exit_code_is(0),
  },
}

scenario "a service finishes its work before it exits" {
  source = "apache/airflow#18068: workers in a warm shutdown are signalled again, and lose tasks",
  world = { ["python-executor"] = { exits_after = 12, work_in_hand = 24 } },
  expect = {
    happened("exited", "python-executor", "code 0"),
    never("KILL"),
    work_cut_at_most(0),
    finished_not_before(12),
    finished_within(15),
    exit_code_is(0),
  },
}

scenario "a service has more work than time" {
  source = "sapcc/helm-charts#11680: cinder's volumes were half made when the time was over",
  world = { ["python-executor"] = { exits_after = 60, work_in_hand = 60 } },
  expect = {
    happened("KILL", "python-executor"),
    finished_not_before(25),
    finished_within(29),
    work_cut_at_most(35),
    exit_code_is(75),
  },
}

scenario "a service exits with an error when it is asked to" {
  source = "kubernetes/kubernetes#80089: 143 counts as an error, and pages somebody",
  world = { ["policy-engine"] = { exits_with = 143 } },
  expect = {
    happened("exited", "policy-engine"),
    never("KILL"),
    exit_code_is(0),
  },
}

scenario "children are left behind and go after a while" {
  source = "F1bonacc1/process-compose#520: the leader exits, a member of its group survives",
  world = { ["policy-engine"] = { children_stay = 3 } },
  expect = {
    happened("TERM", "policy-engine", "left behind"),
    stop_order("policy-engine", "python-executor"),
    never("KILL"),
    finished_within(8),
    exit_code_is(0),
  },
}

scenario "children are left behind and never go" {
  source = "krallin/tini#180: it returns without waiting for all, and the kernel kills them",
  world = { ["python-executor"] = { children_stay = for_ever } },
  expect = {
    happened("TERM", "python-executor", "left behind"),
    happened("KILL", "python-executor"),
    finished_within(29),
    exit_code_is(75),
  },
}
