"""The clients of this folder against servers that misbehave on purpose. Needs the Python of
build/tools, where their libraries are."""

import os
import socket
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "docker"))

import h2.config
import h2.connection
import h2.events
import h2.exceptions
from h2.errors import ErrorCodes
from load import Load

WAIT_SECONDS = 20  # a test that waits longer than that has failed


class Server:
    """An HTTP/2 server on a thread. `serve(connection)` is called for each connection in turn."""

    def __init__(self, serve):
        self.serve = serve
        self.connections = 0
        self.changed = threading.Condition()
        self.requests = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = "{}:{}".format(*self.listener.getsockname())
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.converse, args=(accepted,), daemon=True).start()

    def converse(self, accepted):
        with accepted:
            try:
                self.serve(Connection(self, accepted, self.connections))
            except (OSError, h2.exceptions.ProtocolError):
                pass  # the client is gone

    def count_request(self):
        with self.changed:
            self.requests += 1
            self.changed.notify_all()

    def wait_for_requests(self, count):
        with self.changed:
            if not self.changed.wait_for(lambda: self.requests >= count, WAIT_SECONDS):
                raise AssertionError(f"{self.requests} of {count} requests came")

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Connection:
    def __init__(self, server, accepted, number):
        self.server = server
        self.socket = accepted
        self.number = number  # 1: the first that the server has accepted
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def streams(self):
        """The stream of each request that comes."""
        while data := self.socket.recv(65536):
            for event in self.h2.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    self.server.count_request()
                    yield event.stream_id
            self.flush()

    def answer(self, stream, status="200"):
        self.h2.send_headers(stream, [(":status", status)], end_stream=True)
        self.flush()

    def goaway(self, last_stream):
        """As raw bytes: the library would not let us go on after it."""
        self.socket.sendall(b"\0\0\x08\x07\0\0\0\0\0" + last_stream.to_bytes(4, "big") + bytes(4))


def answer_all(connection):
    for stream in connection.streams():
        connection.answer(stream)


def start(test, client, endpoint, *options):
    load = Load([sys.executable, os.path.join(HERE, client), *options], [endpoint])
    test.addCleanup(load.destroy)
    return load


def wait_for_a_failure(load):
    deadline = time.monotonic() + WAIT_SECONDS
    while load.failed == 0:
        if time.monotonic() > deadline or load.process.poll() is not None:
            raise AssertionError("no request failed")
        time.sleep(0.05)


class Http2(unittest.TestCase):
    def run_until(self, server, requests):
        """The summary of a client that runs until the server has had so many requests."""
        self.addCleanup(server.close)
        load = start(self, "http2_client.py", server.endpoint,
                     "--connections", "1", "--rate", "100")
        server.wait_for_requests(requests)
        return load.stop()

    def assert_only(self, summary, kind):
        self.assertGreater(summary["failures"][kind], 0, summary)
        self.assertEqual(summary["failed"], summary["failures"][kind], summary)

    def test_a_good_server_has_no_failures_and_one_connection(self):
        server = Server(answer_all)

        summary = self.run_until(server, 50)

        self.assertEqual((summary["failed"], summary["retried"]), (0, 0), summary)
        self.assertEqual(server.connections, 1)

    def test_after_goaway_what_is_under_way_is_still_answered(self):
        def serve(connection):
            streams = connection.streams()
            if connection.number == 1:
                first, second = next(streams), next(streams)
                connection.goaway(2**31 - 1)
                connection.answer(first)
                connection.answer(second)
            for stream in streams:
                connection.answer(stream)
        server = Server(serve)

        summary = self.run_until(server, 20)

        self.assertEqual((summary["failed"], summary["retried"]), (0, 0), summary)
        self.assertEqual(server.connections, 2)

    def test_what_goaway_says_was_not_begun_is_sent_again(self):
        def serve(connection):
            streams = connection.streams()
            if connection.number == 1:
                first, _ = next(streams), next(streams)
                connection.goaway(first)
                connection.answer(first)
            for stream in streams:
                connection.answer(stream)
        server = Server(serve)

        summary = self.run_until(server, 20)

        self.assertEqual(summary["failed"], 0, summary)
        self.assertGreaterEqual(summary["retried"], 1)

    def test_a_refused_stream_is_sent_again(self):
        def serve(connection):
            refused = False
            for stream in connection.streams():
                if connection.number == 1 and not refused:
                    connection.h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
                    connection.flush()
                    refused = True
                else:
                    connection.answer(stream)

        summary = self.run_until(Server(serve), 20)

        self.assertEqual((summary["failed"], summary["retried"]), (0, 1), summary)

    def test_a_close_before_the_first_answer_is_cut_fresh(self):
        summary = self.run_until(Server(lambda connection: next(connection.streams())), 5)

        self.assert_only(summary, "cut_fresh")
        self.assertEqual(summary["retried"], 0)

    def test_a_close_later_is_cut_reused_and_never_sent_again(self):
        def serve(connection):
            streams = connection.streams()
            connection.answer(next(streams))
            next(streams, None)

        summary = self.run_until(Server(serve), 20)

        self.assert_only(summary, "cut_reused")
        self.assertEqual(summary["retried"], 0)

    def test_half_an_answer_is_partial(self):
        def serve(connection):
            connection.h2.send_headers(next(connection.streams()), [(":status", "200")])
            connection.flush()

        summary = self.run_until(Server(serve), 5)

        self.assertGreater(summary["failures"]["partial"], 0, summary)
        self.assertEqual(summary["failed"], summary["requests"])

    def test_another_status_is_a_failure(self):
        def serve(connection):
            for stream in connection.streams():
                connection.answer(stream, "503")

        self.assert_only(self.run_until(Server(serve), 5), "status")


class ClosedPort(unittest.TestCase):
    def test_it_refuses_every_client(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            endpoint = "{}:{}".format(*listener.getsockname())

        for client in ("http2_client.py", "grpc_client.py", "websocket_client.py"):
            with self.subTest(client=client):
                load = start(self, client, endpoint, "--connections", "2")
                wait_for_a_failure(load)
                summary = load.stop()

                self.assertEqual(summary["ok"], 0)
                self.assertEqual(summary["failed"], summary["failures"]["refused"], summary)


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=2)
    failed = len(program.result.failures) + len(program.result.errors)
    print(f"{program.result.testsRun - failed} passed, {failed} failed")
    sys.exit(failed > 0)
