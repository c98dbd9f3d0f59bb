-- What Envoy's admin can do to a shutdown: it is the only way to drain.

-- Whom a router cannot tell to leave, and who is not seen in its statistics, is watched through the
-- router's sockets for up to 7 s, so that nobody is refused until routing has moved; or given 5 s,
-- where the kernel does not tell either, as of stand-ins (nothing, where the admin never answered).
-- The times below are those, and the time that the admin takes to fail.

local busy = { connections = 50, requests_per_second = 5, routing_moves = after_signal(1) }

scenario "the router's admin refuses connections" {
  source = "wso2/api-platform: the admin is off by default, for security, and the drain with it",
  world = { router = { admin = refuses(), clients = busy } },
  expect = {
    happened("drain", "router", "FAILED: refused"),
    happened("watching", "router", "does not say how busy it is"),
    stopped_within("router", 7.5),
    finished_within(7.5),
    exit_code_is(0),
  },
}

scenario "the router's admin accepts and never answers" {
  source = "measured on Envoy 1.40: frozen, it accepts the admin's connection and never answers",
  world = { router = { admin = hangs(), clients = busy } },
  expect = {
    happened("drain", "router", "FAILED: timeout"),
    happened("watching", "router", "does not say how busy it is"),
    stopped_within("router", 10),
    finished_within(10),
    exit_code_is(0),
  },
}

scenario "the router's admin answers 503 to the drain, and health checks can be failed" {
  source = "firebolt-db/firebolt-kubernetes-operator#247: a hook must look at the drain's status",
  world = { router = { admin = status(503, { only = "/drain_listeners" }), clients = busy } },
  expect = {
    happened("drain", "router", "/healthcheck/fail"),
    happened("idle", "router"),
    cut_at_most(0),
    exit_code_is(0),
  },
}

scenario "the router's admin answers everything with 400" {
  source = "projectcontour/contour#1033: the preStop hook got 400 Bad Request, and nobody saw it",
  world = { router = { admin = status(400), clients = busy } },
  expect = {
    happened("drain", "router", "FAILED: status"),
    happened("watching", "router", "does not say how busy it is"),
    stopped_within("router", 8),
    exit_code_is(0),
  },
}

scenario "the router's admin answers garbage" {
  source = "no story is known: an address that leads to another server; it says 200 to everything",
  world = { router = { admin = garbage(), clients = busy } },
  expect = {
    happened("watching", "router", "does not say how busy it is"),
    stopped_within("router", 15.5), -- its clients are not told, and nobody can see that
    exit_code_is(0),
  },
}

scenario "the router's admin floods us with statistics" {
  source = "envoyproxy/envoy#18675: with 10,000 clusters /stats is more than anybody can read",
  world = { router = { admin = floods { only = "/stats" }, clients = busy } },
  expect = {
    happened("watching", "router", "does not say how busy it is"),
    stopped_within("router", 6),
    exit_code_is(0),
  },
}

scenario "the router's admin is slow" {
  source = "envoyproxy/envoy#16425: /stats takes seconds, and all else on the main thread waits",
  world = { router = { admin_takes = 0.4, clients = busy } },
  expect = {
    happened("idle", "router"),
    cut_at_most(0),
    finished_within(13),
    exit_code_is(0),
  },
}

scenario "the router's statistics are hidden" {
  source = "projectcontour/contour#2819: which metric says idle must be configurable",
  world = { router = { hides_statistics = true, clients = busy } },
  expect = {
    happened("watching", "router", "does not say how busy it is"),
    stopped_not_before("router", 3), -- the silence that must do where nobody counts
    stopped_within("router", 7),
    exit_code_is(0),
  },
}

scenario "the router's admin dies in the middle of the drain" {
  source = "envoyproxy/gateway#9484: the shutdown manager is gone before Envoy has drained",
  world = {
    router = {
      admin = refuses { from = after_signal(0.5) },
      clients = { connections = 50, requests_per_second = 5, routing_moves = after_signal(8) },
    },
  },
  expect = {
    happened("drain", "router", "200"),
    happened("watching", "router", "does not say how busy it is"),
    stopped_within("router", 8),
    exit_code_is(0),
  },
}
