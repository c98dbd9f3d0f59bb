"""An echo server behind the router, for gRPC and WebSockets. It outlives the replicas."""

import os
import shutil
import subprocess
import tempfile

from replica import Kind

HERE = os.path.dirname(os.path.abspath(__file__))

# What is put into docker/gateway/envoy.yaml, and before which line of it.
UPGRADES = """
                upgrade_configs: [{ upgrade_type: websocket }]"""
ROUTES = """
                        - match: { prefix: "/lastcall.Echo/" }
                          route: { cluster: echo-grpc, timeout: 0s }
                        - match: { prefix: "/websocket" }
                          route: { cluster: echo-websocket, timeout: 0s }"""
CLUSTER = """    - name: echo-%(name)s
      type: STATIC
      connect_timeout: 1s
      load_assignment:
        cluster_name: echo-%(name)s
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { pipe: { path: "%(path)s" } } }
"""
HTTP2 = """      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: { http2_protocol_options: {} }
"""


def add_after(text, line, added):
    """To the configuration in docker/gateway/envoy.yaml."""
    if text.count(line) != 1:
        raise RuntimeError(f"docker/gateway/envoy.yaml has not one line {line!r}")
    return text.replace(line, line + added)


class GatewayWithEcho(Kind):
    """The gateway with routes to the echo server."""

    def __init__(self, sockets):
        self.sockets = sockets  # by name: "grpc" and "websocket"

    def configuration(self):
        text = add_after(super().configuration(), "codec_type: AUTO", UPGRADES)
        return add_after(text, "routes:", ROUTES) + "".join(
            CLUSTER % {"name": name, "path": path} + (HTTP2 if name == "grpc" else "")
            for name, path in self.sockets.items())


class Echo:
    """The server as a child process; a context manager."""

    def __init__(self, tools):
        self.directory = tempfile.mkdtemp(prefix="lastcall-")
        self.sockets = {name: os.path.join(self.directory, name) for name in ("grpc", "websocket")}
        self.process = subprocess.Popen(
            [os.path.join(tools, "bin", "python"), os.path.join(HERE, "echo_server.py"),
             "--grpc", self.sockets["grpc"], "--websocket", self.sockets["websocket"]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        if self.process.stdout.readline() != "serving\n":
            self.__exit__()
            raise RuntimeError("the echo server did not start: its output is above")
        return self

    def kind(self):
        return GatewayWithEcho(self.sockets)

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        shutil.rmtree(self.directory)
