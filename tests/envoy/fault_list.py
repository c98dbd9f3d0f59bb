"""What is wrong with the router in each row of the table, and what must come of it."""

import contextlib
import dataclasses
import os
import signal
import threading
import time
from collections.abc import Callable

import admin_proxy
from fault_kinds import BehindProxy, Gateway, SecondListener
from replica import ReplicaFailed
from support import UnixConnection

GRADUAL = ("--rtr.drain-strategy", "gradual", "--rtr.drain-time-s", "600")
HIDDEN = "stats_config: { stats_matcher: { exclusion_list: { patterns: [{ prefix: http. }] } } }\n"
MODIFY_ONLY = "drain_type: MODIFY_ONLY"


@dataclasses.dataclass
class Fault:
    """Times in seconds. `said` must be in just one of the lines that lastcall writes."""

    name: str
    said: str                 # a regular expression
    most_seconds: float       # until the exit
    zero: bool = False        # no request may fail
    kind: Gateway = dataclasses.field(default_factory=Gateway)
    before: Callable = None   # called with the replica, right before SIGTERM,
    during: Callable = None   # and 0.5 s after it; may return an endpoint that clients then use
    grace: float = 30


def post(path):
    """Somebody else asks Envoy's admin for this."""
    def ask(replica):
        connection = UnixConnection(os.path.join(replica.directory, "router-admin.sock"))
        connection.request("POST", path)
        if connection.getresponse().status != 200:
            raise RuntimeError(f"Envoy does not take POST {path}")
    return ask


def envoy_gets(number):
    """In the controls Envoy may have exited before."""
    def send(replica):
        with contextlib.suppress(ReplicaFailed):
            os.kill(replica.pid_of("envoy.yaml"), number)
    return send


def thaws_after(seconds):
    """Envoy is frozen for so long."""
    def freeze(replica):
        pid = replica.pid_of("envoy.yaml")
        os.kill(pid, signal.SIGSTOP)
        threading.Thread(target=thaw, args=(pid,), daemon=True).start()

    def thaw(pid):
        time.sleep(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    return freeze


def admin(wrong, only=""):
    return lambda replica: replica.proxy.fail(wrong, only)


def refused(replica):
    replica.proxy.refuse()


def adds_a_listener(replica):
    replica.kind.add_listener(replica)
    return replica.second_endpoint


FAULTS = [
    Fault("none", r"router +idle ", 9, zero=True),
    Fault("frozen (SIGSTOP) before SIGTERM", r"router +drain +FAILED: timeout", 13,
          before=envoy_gets(signal.SIGSTOP)),
    Fault("frozen for 1 s after SIGTERM", r"router +idle ", 9, before=thaws_after(1)),
    Fault("frozen in the middle of the drain", r"its sockets are watched", 18,
          during=envoy_gets(signal.SIGSTOP)),
    Fault("admin refuses connections", r"router +drain +FAILED: refused", 11,
          kind=BehindProxy(), before=refused),
    Fault("admin refuses in the middle of the drain", r"its sockets are watched", 12, zero=True,
          kind=BehindProxy(), during=refused),
    Fault("404 to all", r"router +drain +FAILED: status 404", 11,
          kind=BehindProxy(), before=admin(admin_proxy.status(404))),
    Fault("403 to POST only", r"router +drain +FAILED: status 403", 20,
          kind=BehindProxy(), before=admin(admin_proxy.status(403), "POST")),
    Fault("404 to /drain_listeners only", r"drain failed \(404\): failing the health check", 9,
          zero=True, kind=BehindProxy(),
          before=admin(admin_proxy.status(404), "POST /drain_listeners")),
    Fault("503 to all", r"router +drain +FAILED: status 503", 11,
          kind=BehindProxy(), before=admin(admin_proxy.status(503))),
    Fault("garbage with 200", r"its sockets are watched", 20,
          kind=BehindProxy(), before=admin(admin_proxy.garbage)),
    Fault("slow: 0.3 s", r"router +idle ", 17, zero=True,
          kind=BehindProxy(), before=admin(admin_proxy.slow(0.3))),
    Fault("slow: 3 s", r"router +drain +FAILED: timeout", 12,
          kind=BehindProxy(), before=admin(admin_proxy.slow(3))),
    Fault("hidden statistics (stats_matcher)", r"its sockets are watched", 9, zero=True,
          kind=Gateway(override=HIDDEN)),
    Fault("killed in the middle of the drain", r"router +not idle +exited", 3,
          during=envoy_gets(signal.SIGKILL)),
    Fault("draining already, gracefully", r"router +idle ", 9, zero=True,
          before=post("/drain_listeners?graceful")),
    Fault("health check failed already", r"router +idle ", 9, zero=True,
          before=post("/healthcheck/fail")),
    Fault("gradual strategy set by the user", r"drain +will be slow: --drain-strategy gradual", 20,
          kind=Gateway(arguments=GRADUAL)),
    Fault("drain_type: MODIFY_ONLY", r"router +idle ", 9, zero=True,
          kind=Gateway(listener=MODIFY_ONLY)),
    Fault("drain_type: MODIFY_ONLY, 404 to /drain_listeners, grace 8 s",
          r"connections are not told to close", 8, kind=BehindProxy(listener=MODIFY_ONLY), grace=8,
          before=admin(admin_proxy.status(404), "POST /drain_listeners")),
    Fault("frozen in the middle of the drain, grace 4 s", r"router +not idle ", 4,
          during=envoy_gets(signal.SIGSTOP), grace=4),
    Fault("two listeners", r"router +idle ", 9, zero=True, kind=SecondListener(later=False)),
    Fault("a listener added in the middle of the drain", r"router +(idle|not idle +timeout)", 20,
          kind=SecondListener(later=True), during=adds_a_listener),
]
