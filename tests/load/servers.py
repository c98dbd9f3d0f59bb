"""Small servers that misbehave on purpose, and the load client as a subprocess."""

import json
import os
import pathlib
import socket
import struct
import subprocess
import threading

WAIT_S = 20  # a test that waits longer than that has failed
HERE = pathlib.Path(__file__).resolve().parent
LOAD_CLIENT = os.environ.get("LOAD_CLIENT", str(HERE / "../../build/tests/load/load_client"))

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CLOSING_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


class Peer:
    """The server's end of one connection."""

    def __init__(self, server, connection):
        self.server = server
        self.socket = connection
        self.buffer = b""

    def request(self):
        """The head of the next request; empty when the client has closed."""
        while b"\r\n\r\n" not in self.buffer:
            received = self.socket.recv(65536)
            if not received:
                return b""
            self.buffer += received
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.server.count_request(head)
        return head

    def send(self, data):
        self.socket.sendall(data)

    def send_and_close(self, data):
        """The data and the end in one segment, so that no client can come in between."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        self.socket.sendall(data)
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Server:
    """Runs `converse(peer)` in a thread for each connection; closes when it returns."""

    def __init__(self, converse, host="127.0.0.1"):
        self.converse = converse
        self.changed = threading.Condition()
        self.heads = []
        self.peers = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, 0), family=family, backlog=4096)
        self.port = self.listener.getsockname()[1]
        self.name = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer = Peer(self, connection)
            self.peers.append(peer)
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        try:
            self.converse(peer)
        except OSError:
            pass  # the client may be gone
        finally:
            peer.socket.close()

    def count_request(self, head):
        with self.changed:
            self.heads.append(head)
            self.changed.notify_all()

    def wait_for_requests(self, count):
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.heads) >= count, WAIT_S):
                raise AssertionError(f"{len(self.heads)} of {count} requests came")

    def close(self):
        if self.thread.is_alive():
            self.listener.shutdown(socket.SHUT_RDWR)
            self.thread.join()
        self.listener.close()
        for peer in self.peers:
            try:
                peer.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed already


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


class Client:
    """The load client; it ends by itself even if a test forgets it."""

    def __init__(self, *arguments):
        command = [LOAD_CLIENT, "--duration", str(WAIT_S), *map(str, arguments)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)
        self.events = []

    def command(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def wait_for(self, event, condition=lambda event: True):
        for line in self.process.stdout:
            self.events.append(json.loads(line))
            if self.events[-1]["event"] == event and condition(self.events[-1]):
                return self.events[-1]
        raise AssertionError(f"no such {event}: {self.events[-3:]}")

    def finish(self):
        """Reads to the end; returns the summary."""
        for line in self.process.stdout:
            self.events.append(json.loads(line))
        self.process.stdout.close()
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it did not need the last command any more
        if self.process.wait(WAIT_S) != 0:
            raise AssertionError(f"exit status {self.process.returncode}")
        return self.events[-1]

    def stop(self):
        self.command("stop")
        return self.finish()

    def failures(self):
        return [event for event in self.events if event["event"] == "failure"]
