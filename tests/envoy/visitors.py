"""Who comes to a replica besides ordinary clients: probes, a balancer, WebSockets."""

import contextlib
import http.client
import socket
import threading
import time

TIMEOUT_SECONDS = 5
AGAIN_SECONDS = 0.05  # a balancer looks, and sends somebody, so often

ECHO = b"\x81\x84\0\0\0\0echo"    # a text frame as clients send it: masked, here with zeros
ECHOED = b"\x81\x04echo"
GOODBYE = b"\x88\x80\0\0\0\0"     # the frame that ends a WebSocket, masked


def ask(endpoint, path="/"):
    """The status of one request on a connection of its own; None: no answer."""
    connection = http.client.HTTPConnection(endpoint, timeout=TIMEOUT_SECONDS)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", path, headers={"Connection": "close"})
        return connection.getresponse().status


class Visitor(threading.Thread):
    """Does `visit()` again and again, so many seconds apart, until the end of the `with`."""

    def __init__(self, seconds):
        super().__init__(daemon=True)
        self.seconds = seconds
        self.ended = threading.Event()
        self.visits = threading.Semaphore(0)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()

    def run(self):
        while not self.ended.wait(self.seconds):
            self.visit()
            self.visits.release()

    def wait_for_visits(self, count):
        for _ in range(count):
            if not self.visits.acquire(timeout=TIMEOUT_SECONDS):
                raise TimeoutError("the visitor does not come any more")

    def visit(self):
        raise NotImplementedError


class Probe(Visitor):
    """Asks for ever, whatever it is told."""

    def __init__(self, endpoint, seconds):
        super().__init__(seconds)
        self.endpoint = endpoint

    def visit(self):
        ask(self.endpoint)


class Balancer(Visitor):
    """Sends clients to a replica as long as its health check gives 200, and looks at nothing else.
    It looks first, so that nobody is sent after the first look that failed."""

    def __init__(self, endpoint, health_endpoint):
        super().__init__(AGAIN_SECONDS)
        self.endpoint = endpoint
        self.health_endpoint = health_endpoint
        self.health = 200        # what the last look gave
        self.moved_time = None   # of the first that failed
        self.moved = threading.Event()
        self.statuses = []       # what the clients got

    def visit(self):
        if self.health == 200:
            self.health = ask(self.health_endpoint, "/healthz")
            if self.health == 200:
                self.statuses.append(ask(self.endpoint))
            else:
                self.moved_time = time.monotonic()
                self.moved.set()

    def wait_until_moved(self):
        """True once a look has failed: after an exit the next one does, a moment later."""
        return self.moved.wait(TIMEOUT_SECONDS)


class WebSocket(threading.Thread):
    """One that says nothing after its first echo, and notes when its connection ends."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.end_time = None
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self.reader = self.socket.makefile("rb")
        self.socket.sendall(b"GET /websocket HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\n"
                            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
        head = list(iter(self.reader.readline, b"\r\n"))
        self.socket.sendall(ECHO)
        echoed = self.reader.read(len(ECHOED))
        if b" 101 " not in head[0] or echoed != ECHOED:
            raise RuntimeError(f"no WebSocket: {head} {echoed}")
        self.socket.settimeout(None)
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            self.reader.read()
        self.end_time = time.monotonic()

    def say_goodbye(self):
        """As its client ends it."""
        self.socket.sendall(GOODBYE)

    def wait_for_end(self):
        self.join(2 * TIMEOUT_SECONDS)
        self.socket.close()
        return self.end_time
