"""What the drain matrix measures: ways to stop, mixes of clients, and the rows. Data only.

A cell is a mix, a time until routing has moved, and a policy; a row is the first two. Rates are
requests a second of each connection, times are seconds.
"""

# `waits` is what a stop usually takes, for the estimate of how long a cell takes.
POLICIES = {
    "lastcall": {"file": "policies/shutdown.lua", "waits": 3},
    "plain": {"file": "policies/examples/plain.lua", "waits": 0.2},
    "fixed_wait": {
        "file": "policies/examples/fixed_wait.lua", "waits": 15.1,
        "arguments": ("--rtr.drain-strategy", "gradual", "--rtr.drain-time-s", "600"),
    },
    "istio": {"file": "policies/examples/istio.lua", "waits": 5.1},
    "envoy_gateway": {"file": "policies/examples/envoy_gateway.lua", "waits": 11},
    "contour": {"file": "policies/examples/contour.lua", "waits": 6},
}

# The history of new connections that lastcall looks at is a minute long in life; here it is
# `warm_up`. Where new connections are rare, a few seconds would show none at all. Never below 4 s:
# the first connects are a burst, and the estimate needs more than that burst.
WARM_UP = 4
WARM_UP_WITH_ONE_SHOTS = {0.5: 20, 5: 20, 50: 8}

NEVER_EMPTY = {"envoy_gateway": 24, "contour": 24}  # they wait for 0 connections, to the end
KEPT = {"100x19": (100, 19), "380x5": (380, 5), "1900x1": (1900, 1), "4000x0.3": (4000, 0.3)}
SLOW_POOLS = {"4000x0.3": {"lastcall": 10, "envoy_gateway": 16, "contour": 16}}

# Fields of rollout.Setup, but for these:
#   client   a program of this folder with its options, instead of tests/load
#   options  more options of tests/load
#   path     that tests/load asks for; Envoy answers /direct alone (direct.py)
#   echo     there is an echo server behind the router (echo.py)
#   model    more or other fields of Clients in tests/prediction/model.py; False: the simulated
#            world has no such clients
#   waits    as above, where a policy needs another time than usual
MIXES = {
    **{f"{name}+{one_shot:g}" if one_shot else name: {
        "connections": connections, "rate": rate, "one_shot": one_shot,
        "warm_up_seconds": WARM_UP_WITH_ONE_SHOTS.get(one_shot, WARM_UP),
        "waits": SLOW_POOLS.get(name, {})}
       for name, (connections, rate) in KEPT.items() for one_shot in (0, 0.5, 5, 50)},
    "380x5+5-get": {"connections": 380, "rate": 5, "one_shot": 5, "warm_up_seconds": 20,
                    "options": ("--method", "GET")},
    "0+500": {"connections": 0, "one_shot": 500, "warm_up_seconds": 8},
    "0+2000": {"connections": 0, "one_shot": 2000, "path": "/direct", "warm_up_seconds": 8},
    "0+4000": {"connections": 0, "one_shot": 4000, "path": "/direct", "warm_up_seconds": 8},
    "600x1-blind4.9": {"connections": 600, "rate": 1, "blind": 4.9},
    "600x1-blind2": {"connections": 600, "rate": 1, "blind": 2},
    "1900x1-blind4.9": {"connections": 1900, "rate": 1, "blind": 4.9},
    "http2": {"client": ("http2_client.py", "--connections", "20", "--rate", "50"),
              "model": {"connections": 20, "rate": 50, "http2": True},
              "warm_up_seconds": 8},
    # for test_drain.py, on a busy machine
    "http2-few": {"client": ("http2_client.py", "--connections", "10", "--rate", "20"),
                  "model": {"connections": 10, "rate": 20, "http2": True}},
    "grpc": {"client": ("grpc_client.py", "--connections", "20", "--rate", "10"),
             "echo": True,
             "model": {"connections": 20, "rate": 10, "http2": True, "backoff": 1},
             "warm_up_seconds": 8},
    "bidi": {"client": ("grpc_client.py", "--connections", "20", "--stream-seconds", "8"),
             "echo": True, "model": False, "waits": {"lastcall": 8, "contour": 10}},
    "websocket": {"client": ("websocket_client.py", "--connections", "20"),
                  "echo": True, "model": {"websockets": 20},
                  "waits": {"lastcall": 6, **NEVER_EMPTY}},
    "slow": {"connections": 60, "rate": 0.3, "service_milliseconds": 3000,
             "warm_up_seconds": 8, "waits": {"lastcall": 6}},
    "lone": {"connections": 1, "rate": 0.2, "warm_up_seconds": 16},
    "probe": {"client": ("probe.py", "--seconds", "5"), "warm_up_seconds": 12,
              "model": {"probes": 0.2}, "waits": {"lastcall": 6}},
    "none": {"connections": 0, "waits": {"lastcall": 1.2, "contour": 0.2}},
    "ignore-close": {"connections": 380, "rate": 5, "options": ("--ignore-close",),
                     "model": {"ignore_close": True}},
    "never-away": {"connections": 100, "rate": 0.001, "model": {"rate": 0},
                   "waits": {"lastcall": 5.3, **NEVER_EMPTY}},
}

ALL = tuple(POLICIES)
BRIEF = ("lastcall", "plain")
FIXED = ("lastcall", "plain", "fixed_wait", "istio")
EMPTY = (*FIXED, "envoy_gateway")  # contour would wait for the grace here, as that one does

# The most telling first. Together they have each way to be a client, each delay (0.2, 1, 2, 6 and
# 20 s) and each number of one-shots with short and long delays, in less than two hours.
ROWS = (
    ("380x5+5", 6, ALL),
    ("600x1-blind4.9", 1, ALL),
    ("380x5+5", 1, ALL),
    ("1900x1", 1, ALL),
    ("4000x0.3", 2, ALL),
    ("http2", 1, ALL),
    ("none", 1, ALL),
    ("never-away", 1, EMPTY),
    ("websocket", 1, EMPTY),
    ("380x5", 1, FIXED),
    ("grpc", 1, (*BRIEF, "istio")),
    ("0+500", 1, BRIEF),
    ("0+2000", 1, BRIEF),
    ("0+4000", 1, BRIEF),
    ("1900x1-blind4.9", 1, (*BRIEF, "fixed_wait")),
    ("bidi", 1, (*BRIEF, "istio")),
    ("slow", 1, (*BRIEF, "istio")),
    ("lone", 2, BRIEF),
    ("probe", 1, BRIEF),
    ("ignore-close", 1, BRIEF),
    ("380x5+0.5", 6, BRIEF),
    ("100x19+50", 2, BRIEF),
    ("380x5+5", 20, BRIEF),
    ("4000x0.3+5", 6, BRIEF),
    ("1900x1+50", 6, BRIEF),
    ("1900x1+0.5", 1, BRIEF),
    ("100x19", 0.2, BRIEF),
    ("380x5+50", 0.2, BRIEF),
    ("380x5+5-get", 2, BRIEF),
    ("600x1-blind2", 1, BRIEF),
    ("1900x1+5", 0.2, BRIEF),
    ("4000x0.3+50", 1, BRIEF),
    ("4000x0.3+0.5", 2, BRIEF),
)
