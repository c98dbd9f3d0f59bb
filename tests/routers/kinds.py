"""What the replicas of these tests run: each router with its driver, as in policies/examples."""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
EXAMPLES = os.path.join(ROOT, "policies", "examples")
SERVICE = os.path.join(HERE, "service.py")
sys.path.insert(0, os.path.join(ROOT, "docker"))

from replica import ADDRESS, Kind  # noqa: E402


class Router(Kind):
    """A router, or a service without one, in front of service.py."""

    ready_path = "/"
    service_time_header = "x-service-milliseconds"
    configuration = None  # a file of policies/examples
    without = None  # lines of the configuration with this are left out

    def __init__(self, services, **environment):
        self.services = services
        self.variables = environment

    def prepare(self, replica):
        if not self.configuration:
            return
        with open(os.path.join(EXAMPLES, self.configuration), encoding="utf-8") as file:
            text = file.read()
        if self.without:
            text = re.sub(rf".*{re.escape(self.without)}.*\n", "", text)
        replica.write("router.conf", self.adapt(text, replica))

    def adapt(self, text, replica):
        return text.replace("/run/router", replica.directory).replace(
            "127.0.0.1:8080", f"{ADDRESS}:{replica.port}")

    def environment(self, replica):
        return {
            "ROUTER_DIRECTORY": replica.directory,
            "ROUTER_CONFIGURATION": os.path.join(replica.directory, "router.conf"),
            "ROUTER_ADDRESS": f"tcp:{ADDRESS}:{replica.port}",
            "ROUTER_PROGRAM": SERVICE,
            "APPLICATION": SERVICE,
            **self.variables,
        }


class Nginx(Router):
    configuration = "nginx.conf"

    def __init__(self, tells=True):
        super().__init__(os.path.join(EXAMPLES, "nginx_services.lua") if tells
                         else os.path.join(HERE, "untold_services.lua"))

    def adapt(self, text, replica):
        """As root its workers would be somebody who cannot enter the replica's directory."""
        user = "user root;\n" if os.geteuid() == 0 else ""
        return user + super().adapt(text, replica)


class Haproxy(Router):
    configuration = "haproxy.cfg"

    def __init__(self, without=None):
        super().__init__(os.path.join(EXAMPLES, "haproxy_services.lua"))
        self.without = without


def service_with(driver):
    return Router(os.path.join(HERE, "http_services.lua"), ROUTER_DRIVER=driver)


def service_with_own_driver():
    return Router(os.path.join(EXAMPLES, "own_driver_services.lua"))
