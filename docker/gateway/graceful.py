"""Serving on a unix socket until SIGTERM, then finishing what is under way: GracefulStop of gRPC.

As in the Go original an open call holds the server without a real limit. That is why the router
has to be stopped first, and why every stop in a policy has a budget.
"""

import asyncio
import signal

FINISH_SECONDS = 3600


async def serve_until_terminated(server, socket_path):
    terminated = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated.set)

    server.add_insecure_port("unix:" + socket_path)
    await server.start()
    print("serving on", socket_path, flush=True)

    await terminated.wait()
    print("SIGTERM: finishing the calls under way", flush=True)
    await server.stop(FINISH_SECONDS)
    print("finished", flush=True)
