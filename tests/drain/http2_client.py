#!/usr/bin/env python3
"""HTTP/2 load, by the library h2: --connections clients with --rate requests a second each.

Open loop: a request does not wait for the one before, as streams do not. A client opens another
connection when it is told GOAWAY; what is under way on the old one ends there. A request that the
server has surely not begun (above the last stream of a GOAWAY, or reset with REFUSED_STREAM) is
sent once more on another connection, as every client does; that is counted as `retried`.
"""

import asyncio
import time

import clients
import h2.config
import h2.connection
import h2.events
import h2.exceptions
from h2.connection import ConnectionInputs, ConnectionState, H2ConnectionStateMachine
from h2.errors import ErrorCodes

# The library takes GOAWAY for the end of the connection and refuses the answers that come after it.
# By RFC 9113, 6.8, streams up to the last one that GOAWAY names go on.
TRANSITIONS = H2ConnectionStateMachine._transitions
TRANSITIONS[ConnectionState.CLIENT_OPEN, ConnectionInputs.RECV_GOAWAY] = (
    None, ConnectionState.CLIENT_OPEN)

# Looking at the headers again and again would be half of the client's time.
CONFIGURATION = h2.config.H2Configuration(
    client_side=True, validate_inbound_headers=False, validate_outbound_headers=False,
    normalize_outbound_headers=False)


class NotBegun(Exception):
    """The server has not looked at the request: it may be sent again."""


class Connection(asyncio.Protocol):
    """One connection; `streams` has a Future for each request under way."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.h2 = h2.connection.H2Connection(CONFIGURATION)
        self.streams = {}
        self.status = {}  # of streams whose answer has begun
        self.answered = False  # any request on it
        self.usable = True
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        self.transport.write(self.h2.data_to_send())

    def data_received(self, data):
        try:
            events = self.h2.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            self.end_all(clients.Failed("protocol", str(error)))
            self.transport.abort()
            return
        for event in events:
            self.handle(event)
        self.flush()
        self.close_if_done()

    def handle(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            self.status[event.stream_id] = dict(event.headers)[b":status"].decode()
        elif isinstance(event, h2.events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.end(event.stream_id, self.status.pop(event.stream_id, None))
        elif isinstance(event, h2.events.StreamReset):
            self.on_reset(event)
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.usable = False
            for stream in [number for number in self.streams if number > event.last_stream_id]:
                self.end(stream, NotBegun())

    def on_reset(self, event):
        if event.error_code == ErrorCodes.REFUSED_STREAM:
            self.end(event.stream_id, NotBegun())
        else:
            self.end(event.stream_id, self.cut(event.stream_id, f"reset {event.error_code}"))

    def cut(self, stream, detail):
        if stream in self.status:
            return clients.Failed("partial", detail)
        return clients.Failed("cut_reused" if self.answered else "cut_fresh", detail)

    def connection_lost(self, error):
        self.usable = False
        for stream in list(self.streams):
            self.end(stream, self.cut(stream, str(error or "EOF")))

    def end_all(self, error):
        self.usable = False
        for stream in list(self.streams):
            self.end(stream, error)

    def end(self, stream, outcome):
        future = self.streams.pop(stream, None)
        if future is None or future.done():
            return
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            self.answered = True
            future.set_result(outcome)

    def close_if_done(self):
        if not self.usable and not self.streams:
            self.transport.close()

    async def request(self, headers):
        """The status of the answer."""
        stream = self.h2.get_next_available_stream_id()
        self.streams[stream] = asyncio.get_running_loop().create_future()
        self.h2.send_headers(stream, headers, end_stream=True)
        self.flush()
        return await self.streams[stream]


class Client:
    """One of the clients: a connection at a time for its new requests."""

    def __init__(self, run, options):
        self.run = run
        self.rate = options.rate
        self.milliseconds = str(options.service_milliseconds)
        self.connection = None
        self.connecting = asyncio.Lock()
        self.under_way = set()

    async def load(self):
        async for _ in self.run.arrivals(self.rate):
            task = asyncio.create_task(self.request())
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
        await asyncio.gather(*self.under_way)
        if self.connection:
            self.connection.transport.close()

    async def request(self):
        begun = time.monotonic()
        try:
            async with asyncio.timeout(clients.TIMEOUT_SECONDS):
                status = await self.exchange()
            if status != "200":
                raise clients.Failed("status", str(status))
            self.run.answered(begun)
        except TimeoutError:
            self.run.count_failure(clients.Failed("timeout"))
        except clients.Failed as failed:
            self.run.count_failure(failed)

    async def exchange(self):
        while True:
            connection = await self.usable_connection()
            try:
                return await connection.request(
                    [(":method", "POST"), (":scheme", "http"), (":path", "/"),
                     (":authority", connection.endpoint),
                     (clients.SERVICE_TIME_HEADER, self.milliseconds)])
            except NotBegun:
                self.run.retried += 1
            except h2.exceptions.ProtocolError as error:
                raise clients.Failed("local", str(error)) from None

    async def usable_connection(self):
        async with self.connecting:
            if self.connection is None or not self.connection.usable:
                self.connection = await self.connect()
            return self.connection

    async def connect(self):
        host, port = self.run.choose()
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(f"{host}:{port}"), host, port)
        except OSError as error:
            await asyncio.sleep(clients.REFUSED_PAUSE_SECONDS)
            raise clients.Failed("refused", error.strerror or str(error)) from None
        self.run.connections_opened += 1
        return connection


async def main():
    parser = clients.parser_of(__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--rate", type=float, default=50, help="requests a second of each")
    options = parser.parse_args()
    run = clients.Run(options.endpoints, options.seed)
    await clients.drive(run, [Client(run, options).load() for _ in range(options.connections)])


if __name__ == "__main__":
    asyncio.run(main())
