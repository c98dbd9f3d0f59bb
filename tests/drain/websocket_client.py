#!/usr/bin/env python3
"""WebSockets by the library websockets: --connections of them, for ever, with an echo a second.

Each is one request: answered when the run ends, failed (`partial`) when the server's end comes
first, however politely. Its client opens another one then.
"""

import asyncio
import time

import clients
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

ECHO_SECONDS = 1


async def converse(run, connection):
    """Echoes until the run ends."""
    while await run.pause(ECHO_SECONDS):
        await connection.send("echo")
        if await connection.recv() != "echo":
            raise clients.Failed("protocol")


async def session(run):
    host, port = run.choose()
    try:
        url = f"ws://{host}:{port}/websocket"
        async with connect(url, open_timeout=clients.TIMEOUT_SECONDS) as connection:
            run.connections_opened += 1
            await converse(run, connection)
    except ConnectionClosed as closed:
        raise clients.Failed("partial", str(closed)) from None
    except (InvalidHandshake, InvalidMessage, EOFError) as error:
        raise clients.Failed("status", str(error)) from None
    except TimeoutError:
        raise clients.Failed("timeout") from None
    except OSError as error:
        raise clients.Failed("refused", error.strerror or str(error)) from None


async def client(run):
    while not run.stopping.is_set():
        begun = time.monotonic()
        try:
            await session(run)
            run.answered(begun)
        except clients.Failed as failed:
            run.count_failure(failed)
            await run.pause(clients.REFUSED_PAUSE_SECONDS)


async def main():
    parser = clients.parser_of(__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=20)
    options = parser.parse_args()
    run = clients.Run(options.endpoints, options.seed)
    await clients.drive(run, [client(run) for _ in range(options.connections)])


if __name__ == "__main__":
    asyncio.run(main())
