"""Gateways with something unusual in the configuration of their Envoy."""

import os
import re
import textwrap

import support  # noqa: F401 - finds docker/
from admin_proxy import AdminProxy
from replica import ADDRESS, Kind, reserve_port

LISTENER = re.compile(r"    - name: gateway\n.*?(?=  clusters:\n)", re.DOTALL)
LISTENER_TYPE = "type.googleapis.com/envoy.config.listener.v3.Listener"


class Gateway(Kind):
    """The gateway of docker/. `override`: YAML for Envoy; `listener`: a line for its listener."""

    def __init__(self, override="", listener="", arguments=()):
        self.override = override
        self.listener = listener
        self.arguments = arguments  # of lastcall

    def prepare(self, replica):
        super().prepare(replica)
        text = self.change(self.read(replica), replica)
        replica.write("envoy.yaml", text)
        if override := self.override_for(replica):
            replica.write("override.yaml", override)

    @staticmethod
    def read(replica):
        with open(os.path.join(replica.directory, "envoy.yaml"), encoding="utf-8") as file:
            return file.read()

    def change(self, text, _replica):
        if not self.listener:
            return text
        name = "  listeners:\n    - name: gateway\n"
        return text.replace(name, f"{name}      {self.listener}\n")

    def override_for(self, _replica):
        return self.override

    def endpoints(self, replica):
        """Where its clients go."""
        return [replica.endpoint]


class BehindProxy(Gateway):
    """Lastcall talks to the admin through an AdminProxy, which is replica.proxy."""

    def prepare(self, replica):
        replica.proxy = AdminProxy(os.path.join(replica.directory, "router-admin.sock"))
        super().prepare(replica)

    def override_for(self, replica):
        path = replica.proxy.target
        return f'admin: {{ address: {{ pipe: {{ path: "{path}", mode: 384 }} }} }}\n'

    def environment(self, replica):
        return {**super().environment(replica), "ROUTER_ADMIN_ENABLED": "true",
                "ROUTER_ADMIN_HOST": ADDRESS, "ROUTER_ADMIN_PORT": str(replica.proxy.port)}


class SecondListener(Gateway):
    """Another listener, on a port of its own. `later`: not before add_listener()."""

    def __init__(self, later, stat_prefix="second"):
        super().__init__()
        self.later = later
        self.stat_prefix = stat_prefix

    def prepare(self, replica):
        replica.second_keeper = reserve_port()
        port = replica.second_keeper.getsockname()[1]
        replica.second_endpoint = f"{ADDRESS}:{port}"
        if self.later:
            replica.write("listeners.yaml", "resources: []\n")
        super().prepare(replica)

    def change(self, text, replica):
        first = LISTENER.search(text)[0]
        port = replica.second_endpoint.rpartition(":")[2]
        second = first.replace("name: gateway\n", "name: second\n", 1).replace(
            "stat_prefix: gateway", f"stat_prefix: {self.stat_prefix}").replace(
                f"port_value: {replica.port}", f"port_value: {port}")
        if not self.later:
            return text.replace(first, first + second)
        self.resource = textwrap.dedent(second).replace(
            "- name: second\n", f'- "@type": {LISTENER_TYPE}\n  name: second\n', 1)
        return (f"node: {{ id: replica, cluster: gateway }}\n"
                "dynamic_resources: { lds_config: { resource_api_version: V3, path_config_source: "
                f'{{ path: "{replica.directory}/listeners.yaml" }} }} }}\n' + text)

    def add_listener(self, replica):
        """Envoy looks when a file is moved to that name."""
        replica.write("new.yaml", "resources:\n" + self.resource)
        os.rename(os.path.join(replica.directory, "new.yaml"),
                  os.path.join(replica.directory, "listeners.yaml"))

    def endpoints(self, replica):
        return [replica.endpoint] if self.later else [replica.endpoint, replica.second_endpoint]
