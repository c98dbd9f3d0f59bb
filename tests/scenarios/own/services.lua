-- Another container: a worker, an application, and an Envoy in front of it.
service "worker" { command = { "/app/worker" }, ready = { delay = 0.1 } }
service "app" { command = { "/app/server" }, ready = { tcp = "127.0.0.1:8080" } }
service "edge" {
  command = { "/usr/local/bin/envoy", "-c", "/etc/envoy/envoy.yaml" },
  drain = envoy { admin = "unix:/run/edge-admin.sock" },
}
