-- Services of one's own, stopped by the built-in order: the last started first.

scenario "the worker of another container finishes its jobs, and its edge is drained first" {
  source = "airflow-helm/charts#428: workers lose their tasks when the pod is stopped",
  services = "own/services.lua",
  world = {
    edge = { clients = { connections = 50, requests_per_second = 5 } },
    worker = { exits_after = 8, work_in_hand = 16 },
  },
  expect = {
    stop_order("edge", "app", "worker"),
    happened("idle", "edge"),
    cut_at_most(0),
    work_cut_at_most(0),
    never("KILL"),
    finished_within(12),
    exit_code_is(0),
  },
}
