"""A proxy in front of Envoy's real admin, on TCP, which can do wrong: what a real admin seldom does
when one wants it to."""

import contextlib
import socket
import threading
import time

ADDRESS = "127.0.0.1"
ANSWER_BYTES_MAX = 1 << 20


def status(code):
    """A fault: this status, and nothing is done."""
    return lambda forward: (f"HTTP/1.1 {code} Wrong\r\nContent-Length: 3\r\n"
                            "Connection: close\r\n\r\nno\n").encode()


def garbage(forward):
    """A fault: 200 with a body that makes no sense, and nothing is done."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n\x00\xff{\"<html>"


def slow(seconds):
    """A fault: all is done, but so long after it was asked for."""
    def answer(forward):
        time.sleep(seconds)
        return forward()
    return answer


class AdminProxy:
    """Forwards each request to the unix socket `target`, until it is told to do wrong."""

    def __init__(self, target):
        self.target = target
        self.wrong = None  # what to do instead, see above
        self.only = ""     # only for requests that begin so: "POST"
        self.listener = socket.create_server((ADDRESS, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def fail(self, wrong, only=""):
        self.wrong, self.only = wrong, only

    def refuse(self):
        """Connections are refused from now on."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, contextlib.suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                request += client.recv(4096) or b"\r\n\r\n"
            wrong = self.wrong if request.startswith(self.only.encode()) else None
            answer = wrong or (lambda forward: forward())
            client.sendall(answer(lambda: self._forward(request)))

    def _forward(self, request):
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(self.target)
            admin.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            answer = b""
            while len(answer) < ANSWER_BYTES_MAX and (part := admin.recv(65536)):
                answer += part
            return answer
