#!/usr/bin/env python3
"""gRPC load, by the library grpcio: --connections channels with --rate unary calls a second each.

With --stream-seconds S instead a bidirectional stream on each channel, which lives for S seconds
with an echo a second; then, or when it is cut (`partial`), comes another. A call that fails is
counted and never repeated by us; grpcio itself repeats what a server has surely not begun.

A channel has one address for its whole life, as behind the address of a Kubernetes service. Here
that is a balancer of our own, which sends each new connection to a random endpoint.
"""

import asyncio
import contextlib
import time

import clients
import grpc

SERVICE = "/lastcall.Echo/"
ECHO_SECONDS = 1
PAUSE_SECONDS = 1  # after a stream that failed, as grpcio itself before it connects again
PIECE_BYTES = 65536
# What grpcio says of a connection that there was not, as opposed to one that was cut.
REFUSED = ("failed to connect", "Connection refused", "connections to all backends failing")
OPTIONS = (("grpc.use_local_subchannel_pool", 1),)  # else all channels share one connection


class Balancer:
    """Passes bytes on, between each new connection and a random endpoint."""

    def __init__(self, run):
        self.run = run
        self.server = None

    async def start(self):
        """HOST:PORT of the service."""
        self.server = await asyncio.start_server(self.connected, "127.0.0.1", 0)
        host, port = self.server.sockets[0].getsockname()
        return f"{host}:{port}"

    async def connected(self, reader, writer):
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(*self.run.choose())
        except (OSError, clients.Failed):
            writer.transport.abort()
            return
        self.run.connections_opened += 1
        with contextlib.suppress(OSError, asyncio.CancelledError):  # that at the program's end
            await asyncio.gather(pump(reader, upstream_writer), pump(upstream_reader, writer))
        for transport in (writer.transport, upstream_writer.transport):
            transport.abort()


async def pump(reader, writer):
    """Passes on the end, too; whoever cannot write any more has no connection any more."""
    while piece := await reader.read(PIECE_BYTES):
        writer.write(piece)
        await writer.drain()
    writer.write_eof()


def failure_of(error, begun_answer=False):
    """How a call failed, in the words of tests/load."""
    code, detail = error.code(), error.details() or ""
    if code == grpc.StatusCode.DEADLINE_EXCEEDED:
        return clients.Failed("timeout", detail)
    if code != grpc.StatusCode.UNAVAILABLE:
        return clients.Failed("status", f"{code.name} {detail}")
    if begun_answer:
        return clients.Failed("partial", detail)
    refused = any(words in detail for words in REFUSED)
    return clients.Failed("refused" if refused else "cut_reused", detail)


class Client:
    """A channel, with unary calls or one stream after the other."""

    def __init__(self, run, address, options):
        self.run = run
        self.options = options
        self.channel = grpc.aio.insecure_channel(address, options=OPTIONS)
        self.unary = self.channel.unary_unary(SERVICE + "Unary")
        self.stream = self.channel.stream_stream(SERVICE + "Stream")
        self.metadata = ((clients.SERVICE_TIME_HEADER, str(options.service_milliseconds)),)

    async def load(self):
        await (self.streams() if self.options.stream_seconds else self.calls())
        await self.channel.close()

    async def calls(self):
        under_way = set()
        async for _ in self.run.arrivals(self.options.rate):
            task = asyncio.create_task(self.count(self.call()))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)

    async def streams(self):
        await self.run.pause(self.run.random.uniform(0, self.options.stream_seconds / 4))
        while not self.run.stopping.is_set():
            if not await self.count(self.converse()):
                await self.run.pause(PAUSE_SECONDS)

    async def count(self, request):
        """True: it was answered."""
        begun = time.monotonic()
        try:
            await request
        except clients.Failed as failed:
            self.run.count_failure(failed)
            return False
        self.run.answered(begun)
        return True

    async def call(self):
        try:
            await self.unary(b"echo", timeout=clients.TIMEOUT_SECONDS, metadata=self.metadata)
        except grpc.aio.AioRpcError as error:
            raise failure_of(error) from None

    async def converse(self):
        call = self.stream()
        end = time.monotonic() + self.options.stream_seconds
        answers = 0
        try:
            while True:
                await call.write(b"echo")
                if await call.read() is grpc.aio.EOF:
                    raise clients.Failed("partial", "an end that nobody asked for")
                answers += 1
                if time.monotonic() > end or not await self.run.pause(ECHO_SECONDS):
                    break
            await call.done_writing()
            await call.read()
        except grpc.aio.AioRpcError as error:
            raise failure_of(error, answers > 0) from None
        except asyncio.InvalidStateError:  # it was over when we wrote
            raise clients.Failed("partial", "ended") from None


async def main():
    parser = clients.parser_of(__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--rate", type=float, default=10, help="unary calls a second of each")
    parser.add_argument("--stream-seconds", type=float, help="streams instead, and their length")
    options = parser.parse_args()
    run = clients.Run(options.endpoints, options.seed)
    balancer = Balancer(run)
    address = await balancer.start()
    await clients.drive(run, [Client(run, address, options).load()
                              for _ in range(options.connections)])
    balancer.server.close()


if __name__ == "__main__":
    asyncio.run(main())
