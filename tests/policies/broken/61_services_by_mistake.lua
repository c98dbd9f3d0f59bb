service "router" {
  command = { "envoy" },
}
