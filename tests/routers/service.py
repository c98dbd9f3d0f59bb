#!/usr/bin/env python3
"""A small HTTP/1.1 service: an application behind a router, or a router that can be drained.

    service.py unix:/path                              an application; ends at once with SIGTERM
    service.py tcp:127.0.0.1:PORT unix:/admin.sock     the same, and an admin on the second address:
        POST /drain     from now on each answer closes its connection; so does SIGUSR1
        GET /stats      {"requests": {"active": 1, "total": 9}, "connections": {...}}
        GET /active     the number of requests in flight

The header x-service-milliseconds says how long a request takes.
"""

import asyncio
import json
import os
import signal
import sys

BODY = b"served\n"


class Service:
    def __init__(self):
        self.draining = False
        self.active = 0
        self.requests = 0
        self.open = 0
        self.connections = 0

    def drain(self):
        self.draining = True

    async def serve(self, reader, writer):
        """One connection of a client."""
        self.open += 1
        self.connections += 1
        try:
            while head := await read_head(reader):
                self.active += 1
                self.requests += 1
                try:
                    await asyncio.sleep(service_seconds(head))
                    last = self.draining
                    writer.write(answer(BODY, last))
                    await writer.drain()
                finally:
                    self.active -= 1
                if last:
                    break
        except ConnectionError:
            pass
        finally:
            self.open -= 1
            writer.close()

    async def administer(self, reader, writer):
        head = await read_head(reader)
        if head.startswith(b"POST /drain "):
            self.drain()
            body = b"draining\n"
        elif head.startswith(b"GET /active "):
            body = str(self.active).encode() + b"\n"
        else:
            body = json.dumps({
                "requests": {"active": self.active, "total": self.requests},
                "connections": {"open": self.open, "total": self.connections},
            }).encode()
        writer.write(answer(body, last=True))
        writer.close()


async def read_head(reader):
    """The head of the next request; empty when the client has closed."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


def service_seconds(head):
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"x-service-milliseconds:"):
            return int(line.partition(b":")[2]) / 1000
    return 0


def answer(body, last):
    close = b"Connection: close\r\n" if last else b""
    return b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (close, len(body), body)


async def listen(handler, address):
    if address.startswith("unix:"):
        await asyncio.start_unix_server(handler, address[len("unix:"):], backlog=4096)
    else:
        _, host, port = address.split(":")
        await asyncio.start_server(handler, host, int(port), reuse_port=True, backlog=4096)


async def main(address, admin=None):
    service = Service()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, os._exit, 0)
    loop.add_signal_handler(signal.SIGUSR1, service.drain)
    await listen(service.serve, address)
    if admin:
        await listen(service.administer, admin)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
