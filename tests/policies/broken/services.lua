-- What the broken policies are about.
service "python-executor" { command = { "python3", "main.py" } }
service "policy-engine" { command = { "policy-engine" } }
service "router" {
  command = { "envoy", "-c", "envoy.yaml" },
  drain = envoy { admin = "unix:/run/router-admin.sock" },
}
