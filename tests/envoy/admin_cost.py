"""What lastcall's looks cost the main thread of an Envoy with many clusters, as a table."""

import argparse
import os
import signal
import statistics
import sys
import time

import readme
import support
import rollout
from fault_kinds import Gateway
from replica import Replica

FILTER = ("^http%5C..*%5C.downstream_(rq_active|rq_total|cx_active|cx_upgrades_active|"
          "cx_http1_active|cx_http[123]_total|cx_drain_close)$")
ALL = f"/stats?filter={FILTER}"  # as in lua/envoy.lua
REQUESTS = {
    "all, no filter": "/stats",
    "filter": ALL,
    "filter, JSON": f"{ALL}&format=json",
    "filter, prometheus": f"{ALL}&format=prometheus",
    "filter, gauges": f"{ALL}&type=Gauges",
    "filter, counters": f"{ALL}&type=Counters",
    "filter, usedonly": f"{ALL}&usedonly",
    "filter, usedonly, gauges": f"{ALL}&usedonly&type=Gauges",
    "filter, usedonly, counters": f"{ALL}&usedonly&type=Counters",
    "/server_info": "/server_info",
}
LOOKS = 7            # the median of so many
READY_SECONDS = 120  # 5,000 clusters on a busy machine
SERVED_SECONDS = 30
SETTLED_SECONDS = 12 # after the start: the first look is a whole one
DRAINED_SECONDS = 8  # a request keeps it waiting for so long
SHARE_MAX = 0.01     # of the main thread, while serving
NANOSECONDS = 1e9


class Clusters(Gateway):
    """The gateway with so many clusters more, as a control plane would configure them."""

    def __init__(self, count):
        super().__init__()
        self.count = count

    def change(self, text, _replica):
        endpoint = "{ endpoint: { address: { socket_address: " \
                   "{ address: 127.0.0.1, port_value: 1 } } } }"
        return text + "".join(
            f"    - {{ name: service_{i}, type: STATIC, connect_timeout: 1s, load_assignment: "
            f"{{ cluster_name: service_{i}, endpoints: [{{ lb_endpoints: [{endpoint}] }}] }} }}\n"
            for i in range(self.count))


def main_thread_seconds(pid):
    """CPU time of the main thread, which does nothing but the admin and updates."""
    with open(f"/proc/{pid}/task/{pid}/schedstat", encoding="utf-8") as file:
        return int(file.read().split()[0]) / NANOSECONDS


def ask(replica, path):
    connection = support.UnixConnection(os.path.join(replica.directory, "router-admin.sock"))
    connection.request("GET", path, headers={"Connection": "close"})
    return connection.getresponse().read()


def cost_seconds(replica, pid, path):
    """Median CPU time of the main thread for one such request."""
    costs = []
    for _ in range(LOOKS):
        before = main_thread_seconds(pid)
        ask(replica, path)
        costs.append(main_thread_seconds(pid) - before)
    return statistics.median(costs)


def serving_share(pid):
    """The share of the time in which the main thread runs, while nobody else asks the admin."""
    before, begun = main_thread_seconds(pid), time.monotonic()
    time.sleep(SERVED_SECONDS)
    return (main_thread_seconds(pid) - before) / (time.monotonic() - begun)


def own_share(replica, pid):
    """The same without any look, since lastcall is stopped: Envoy's own work."""
    supervisor = replica.supervisor()
    os.kill(supervisor, signal.SIGSTOP)
    try:
        return serving_share(pid)
    finally:
        os.kill(supervisor, signal.SIGCONT)


def draining_share(replica, pid):
    """The same from SIGTERM on, while a request keeps Envoy from being idle."""
    request = support.Request(replica.port, DRAINED_SECONDS)
    time.sleep(support.UNDER_WAY_SECONDS)
    before, begun = main_thread_seconds(pid), time.monotonic()
    replica.terminate()
    time.sleep(DRAINED_SECONDS - 1)
    share = (main_thread_seconds(pid) - before) / (time.monotonic() - begun)
    if request.finished_status() != 200:
        raise RuntimeError("the request that keeps Envoy draining was not answered")
    replica.wait_for_exit(30)
    return share, replica.seconds_to_exit()


def measure(count, directory):
    setup = rollout.Setup(policy=support.LASTCALL, kind=Clusters(count), **support.SETUP)
    replica = Replica("replica", os.path.join(directory, f"r{count}"), setup.tools,
                      setup.command(), {}, setup.kind)
    try:
        replica.wait_until_it_serves(READY_SECONDS)
        pid = replica.pid_of("envoy.yaml")
        time.sleep(SETTLED_SECONDS)
        return {
            "serving": serving_share(pid),
            "own": own_share(replica, pid),
            "statistics": ask(replica, "/stats").count(b"\n"),
            "requests": {name: cost_seconds(replica, pid, path)
                         for name, path in REQUESTS.items()},
            "draining": draining_share(replica, pid),
        }
    finally:
        replica.destroy()


def looks_share(result):
    return max(0, result["serving"] - result["own"])


def table(results):
    yield "| clusters | " + " | ".join(f"{count:,}" for count in results) + " |"
    yield "|---|" + "--:|" * len(results)
    values = results.values()
    yield "| statistics | " + " | ".join(f"{value['statistics']:,}" for value in values) + " |"
    for name in REQUESTS:
        yield f"| {name}, ms | " + " | ".join(
            f"{value['requests'][name] * 1000:.1f}" for value in values) + " |"
    yield "| main thread, nobody looks | " + " | ".join(
        f"{value['own']:.2%}" for value in values) + " |"
    yield "| main thread, lastcall serves | " + " | ".join(
        f"{value['serving']:.2%}" for value in values) + " |"
    yield "| so lastcall's looks cost | " + " | ".join(
        f"**{looks_share(value):.2%}**" for value in values) + " |"
    yield "| main thread while Envoy drains | " + " | ".join(
        f"{value['draining'][0]:.1%}" for value in values) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, prog="tests/envoy/admin_cost")
    parser.add_argument("--build", type=os.path.abspath, default=support.SETUP["build"],
                        help="directory of lastcall")
    parser.add_argument("--tools", type=os.path.abspath, default=support.SETUP["tools"],
                        help="directory of Envoy")
    parser.add_argument("--clusters", default="0,500,5000", help="numbers of clusters")
    parser.add_argument("--write-readme", action="store_true",
                        help="put the table into README.md")
    options = parser.parse_args()
    support.SETUP.update(build=options.build, tools=options.tools)
    with rollout.working_directory(None) as directory:
        results = {count: measure(count, directory)
                   for count in map(int, options.clusters.split(","))}
    lines = list(table(results))
    print("\n".join(lines))
    if options.write_readme:
        readme.write("cost", lines)
    worst = max(looks_share(result) for result in results.values())
    if worst > SHARE_MAX:
        sys.exit(f"tests/envoy/admin_cost: {worst:.2%} of the main thread while serving, "
                 f"more than {SHARE_MAX:.0%}")


if __name__ == "__main__":
    main()
