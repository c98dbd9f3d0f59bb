"""The load client against servers that misbehave on purpose. Binary: environment LOAD_CLIENT."""

import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from servers import ANSWER, CLOSING_ANSWER, LOAD_CLIENT, Client, Server, closed_port


def answer_always(peer):
    while peer.request():
        peer.send(ANSWER)


def answer_with(answer):
    def converse(peer):
        while peer.request():
            peer.send(answer)
    return converse


def answer_once_with(answer):
    def converse(peer):
        peer.request()
        peer.send(answer)
    return converse


def answer_and_close_untold(peer):
    peer.request()
    peer.send_and_close(ANSWER)


def close_at_second_request(peer):
    peer.request()
    peer.send(ANSWER)
    peer.request()


def reset_at_second_request(peer):
    peer.request()
    peer.send(ANSWER)
    peer.request()
    peer.reset()


class LoadTest(unittest.TestCase):
    def serve(self, converse, host="127.0.0.1"):
        server = Server(converse, host)
        self.addCleanup(server.close)
        return server

    def run_until(self, server, requests, *arguments):
        """Runs until the server has had so many requests; returns the client and its summary."""
        client = Client("--endpoints", server.name, *arguments)
        server.wait_for_requests(requests)
        return client, client.stop()

    def assert_only(self, summary, kind):
        self.assertGreater(summary["failures"][kind], 0)
        self.assertEqual(summary["failed"], summary["failures"][kind])
        self.assertEqual(summary["requests"], summary["ok"] + summary["failed"])

    def assert_none_failed(self, summary):
        self.assertGreater(summary["ok"], 0)
        self.assertEqual(summary["failed"], 0)
        self.assertEqual(summary["requests"], summary["ok"])


class Answers(LoadTest):
    def test_a_good_server_has_no_failures_and_keeps_its_connections(self):
        server = self.serve(answer_always)

        _, summary = self.run_until(server, 200, "--connections", 4, "--rate", 100)

        self.assert_none_failed(summary)
        self.assertEqual(summary["connections_opened"], 4)
        self.assertEqual(summary["by_endpoint"][server.name]["requests"], summary["requests"])

    def test_at_full_speed_the_next_request_follows_the_answer(self):
        server = self.serve(answer_always)

        _, summary = self.run_until(server, 2000, "--connections", 2, "--rate", 0)

        self.assert_none_failed(summary)
        self.assertEqual(summary["requests"], len(server.heads))

    def test_the_rate_is_the_rate_that_was_asked_for(self):
        server = self.serve(answer_always)

        client = Client("--endpoints", server.name, "--connections", 40, "--rate", 10,
                        "--duration", 3)
        summary = client.finish()

        self.assertAlmostEqual(summary["requests"], 1200, delta=150)

    def test_chunked_answers_are_understood_byte_by_byte(self):
        def converse(peer):
            while peer.request():
                for byte in (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                             b"5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n"):
                    peer.send(bytes([byte]))
        server = self.serve(converse)

        _, summary = self.run_until(server, 20, "--connections", 2, "--rate", 0)

        self.assert_none_failed(summary)
        self.assertEqual(summary["connections_opened"], 2)

    def test_an_interim_answer_is_not_the_answer(self):
        server = self.serve(answer_with(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ANSWER))

        _, summary = self.run_until(server, 10, "--rate", 20)

        self.assert_none_failed(summary)

    def test_an_answer_without_length_ends_with_the_connection(self):
        server = self.serve(answer_once_with(b"HTTP/1.1 200 OK\r\n\r\nhello"))

        _, summary = self.run_until(server, 10, "--rate", 20)

        self.assert_none_failed(summary)

    def test_connection_close_is_obeyed_and_no_failure(self):
        server = self.serve(answer_with(CLOSING_ANSWER))

        _, summary = self.run_until(server, 20, "--connections", 2, "--rate", 50)

        self.assert_none_failed(summary)
        self.assertEqual(summary["told_to_close"], summary["requests"])
        self.assertEqual(summary["connections_opened"], summary["requests"])

    def test_connection_close_can_be_ignored_until_the_server_closes(self):
        server = self.serve(answer_with(CLOSING_ANSWER))

        _, summary = self.run_until(server, 20, "--connections", 2, "--rate", 50,
                                    "--ignore-close")

        self.assert_none_failed(summary)
        self.assertEqual(summary["told_to_close"], summary["requests"])
        self.assertEqual(summary["connections_opened"], 2)

    def test_http_1_0_closes_unless_it_says_keep_alive(self):
        answer = ANSWER.replace(b"HTTP/1.1", b"HTTP/1.0")
        closing = self.serve(answer_with(answer))
        keeping = self.serve(answer_with(answer.replace(b"\r\n\r\n",
                                                        b"\r\nConnection: Keep-Alive\r\n\r\n")))

        _, closing_summary = self.run_until(closing, 10, "--connections", 1, "--rate", 100)
        _, keeping_summary = self.run_until(keeping, 10, "--connections", 1, "--rate", 100)

        self.assertEqual(closing_summary["connections_opened"], closing_summary["requests"])
        self.assertEqual(keeping_summary["connections_opened"], 1)

    def test_one_shot_requests_have_a_connection_each_and_say_so(self):
        server = self.serve(answer_with(CLOSING_ANSWER))

        _, summary = self.run_until(server, 50, "--one-shot", 200)

        self.assert_none_failed(summary)
        self.assertEqual(summary["connections_opened"], summary["requests"])
        self.assertTrue(all(b"Connection: close" in head for head in server.heads))

    def test_the_request_is_what_was_asked_for(self):
        server = self.serve(answer_always)

        self.run_until(server, 1, "--method", "POST", "--path", "/a?b=c", "--rate", 100,
                       "--header", "Host: example.org", "--header", "X-Key: 1")

        lines = server.heads[0].split(b"\r\n")
        self.assertEqual(lines[0], b"POST /a?b=c HTTP/1.1")
        self.assertIn(b"Host: example.org", lines)
        self.assertIn(b"X-Key: 1", lines)
        self.assertIn(b"Content-Length: 0", lines)

    def test_a_thousand_connections_are_no_trouble(self):
        server = self.serve(answer_always)

        _, summary = self.run_until(server, 3000, "--connections", 1000, "--rate", 2)

        self.assert_none_failed(summary)
        self.assertEqual(summary["connections_opened"], 1000)

    def test_ipv6_endpoints_work(self):
        server = self.serve(answer_always, "::1")

        _, summary = self.run_until(server, 5, "--rate", 10)

        self.assert_none_failed(summary)


class Failures(LoadTest):
    def test_a_closed_port_is_refused(self):
        client = Client("--endpoints", closed_port(), "--rate", 10)
        failure = client.wait_for("failure")
        summary = client.stop()

        self.assert_only(summary, "refused")
        self.assertEqual(failure["detail"], "ECONNREFUSED")
        self.assertEqual(summary["connections_opened"], 0)

    def test_a_close_instead_of_the_first_answer_is_cut_fresh(self):
        server = self.serve(lambda peer: peer.request())

        client, summary = self.run_until(server, 10, "--rate", 20)

        self.assert_only(summary, "cut_fresh")
        self.assertEqual(client.failures()[0]["requests_on_connection"], 1)

    def test_a_close_upon_a_reused_connection_is_cut_reused(self):
        server = self.serve(close_at_second_request)

        client, summary = self.run_until(server, 20, "--rate", 20)

        self.assert_only(summary, "cut_reused")
        self.assertEqual(client.failures()[0]["requests_on_connection"], 2)
        self.assertEqual(client.failures()[0]["detail"], "EOF")

    def test_a_reset_upon_a_reused_connection_is_cut_reused(self):
        server = self.serve(reset_at_second_request)

        client, summary = self.run_until(server, 20, "--rate", 20)

        self.assert_only(summary, "cut_reused")
        self.assertEqual(client.failures()[0]["detail"], "ECONNRESET")

    def test_no_request_is_ever_sent_twice(self):
        server = self.serve(close_at_second_request)

        _, summary = self.run_until(server, 50, "--rate", 0, "--connections", 3)

        self.assertEqual(len(server.heads), summary["requests"])

    def test_half_an_answer_is_partial(self):
        for answer in (ANSWER[:-2], ANSWER[:20], b"HT",
                       b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"):
            with self.subTest(answer=answer):
                server = self.serve(answer_once_with(answer))

                _, summary = self.run_until(server, 5, "--rate", 20)

                self.assert_only(summary, "partial")

    def test_no_answer_is_a_timeout(self):
        server = self.serve(lambda peer: (peer.request(), peer.request()))

        client, summary = self.run_until(server, 20, "--rate", 50, "--timeout", 0.1)

        self.assert_only(summary, "timeout")
        self.assertEqual(client.failures()[0]["detail"], "response, 0 bytes")

    def test_any_status_but_200_is_a_failure_with_its_code(self):
        server = self.serve(answer_with(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"))

        client, summary = self.run_until(server, 20, "--rate", 20, "--connections", 2)

        self.assert_only(summary, "status")
        self.assertEqual(client.failures()[0]["detail"], "503")
        self.assertEqual(summary["connections_opened"], 2)

    def test_garbage_is_a_protocol_failure(self):
        for answer in (b"SSH-2.0-OpenSSH", b"HTTP/2.0 200 OK\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n",
                       b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
                       b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                       b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                       b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", ANSWER + b"more",
                       b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            with self.subTest(answer=answer):
                server = self.serve(answer_with(answer))

                _, summary = self.run_until(server, 5, "--rate", 20)

                self.assert_only(summary, "protocol")

    def test_failures_beyond_the_printed_ones_are_counted(self):
        client = Client("--endpoints", closed_port(), "--rate", 0, "--connections", 100)
        client.wait_for("progress", lambda event: event["failed"] > 2500)
        summary = client.stop()

        self.assert_only(summary, "refused")
        self.assertEqual(summary["failures_printed"], 2000)
        self.assertEqual(len(client.failures()), 2000)


class IdleConnections(LoadTest):
    def test_a_normal_client_notices_that_an_idle_connection_was_closed(self):
        server = self.serve(answer_and_close_untold)

        _, summary = self.run_until(server, 50, "--rate", 20)

        self.assert_none_failed(summary)
        self.assertEqual(summary["closed_by_server_while_idle"], summary["requests"])

    def test_a_blind_client_sends_into_the_dead_connection(self):
        server = self.serve(answer_and_close_untold)

        _, summary = self.run_until(server, 20, "--rate", 20, "--blind", 10)

        self.assert_only(summary, "cut_reused")
        self.assertGreaterEqual(summary["failed"], summary["ok"] - 10)  # every second request

    def test_a_blind_client_looks_after_a_connection_was_idle_for_long(self):
        server = self.serve(answer_and_close_untold)

        _, summary = self.run_until(server, 50, "--rate", 20, "--blind", 0)

        self.assert_none_failed(summary)
        self.assertEqual(summary["closed_by_server_while_idle"],
                         summary["connections_opened"] - 10)

    def test_idle_connections_closed_later_are_gone_before_the_next_request(self):
        server = self.serve(answer_always)

        client = Client("--endpoints", server.name, "--rate", 0.01, "--connections", 5,
                        "--warm-up", 0)
        client.wait_for("progress", lambda event: event["connections"] == 5)
        server.close()
        client.wait_for("progress", lambda event: event["connections"] == 0)
        summary = client.stop()

        self.assert_none_failed(summary)
        self.assertEqual(summary["closed_by_server_while_idle"], 5)

    def test_what_nobody_asked_for_closes_an_idle_connection(self):
        late = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"
        server = self.serve(lambda peer: (peer.request(), peer.send(ANSWER), peer.send(late),
                                          peer.request()))

        client = Client("--endpoints", server.name, "--rate", 0.01, "--warm-up", 0)
        client.wait_for("progress")
        summary = client.stop()

        self.assertEqual(summary["ok"] + summary["failures"]["protocol"], 10)
        self.assertEqual(summary["closed_by_server_while_idle"], summary["ok"])


class Commands(LoadTest):
    def test_new_connections_go_only_to_the_endpoints_of_the_set(self):
        old, new = self.serve(answer_with(CLOSING_ANSWER)), self.serve(answer_with(CLOSING_ANSWER))

        client = Client("--endpoints", old.name, "--rate", 50)
        old.wait_for_requests(5)
        client.command(f"add {new.name}")
        new.wait_for_requests(5)
        client.command(f"remove {old.name}")
        client.wait_for("endpoints", lambda event: event["active"] == [new.name])
        seen = len(old.heads)
        new.wait_for_requests(len(new.heads) + 50)
        summary = client.stop()

        self.assert_none_failed(summary)
        self.assertLessEqual(len(old.heads), seen + 10)  # what was being connected already

    def test_established_connections_stay_where_they_are(self):
        old, new = self.serve(answer_always), self.serve(answer_always)

        client = Client("--endpoints", old.name, "--rate", 50, "--connections", 3)
        old.wait_for_requests(20)
        client.command(f"add {new.name}")
        client.command(f"remove {old.name}")
        client.wait_for("endpoints", lambda event: event["active"] == [new.name])
        old.wait_for_requests(len(old.heads) + 50)
        client.stop()

        self.assertEqual(len(new.heads), 0)

    def test_without_any_endpoint_new_connections_are_refused(self):
        server = self.serve(answer_with(CLOSING_ANSWER))

        client = Client("--endpoints", server.name, "--rate", 50)
        server.wait_for_requests(1)
        client.command(f"remove {server.name}")
        failure = client.wait_for("failure")
        client.stop()

        self.assertEqual((failure["kind"], failure["endpoint"], failure["detail"]),
                         ("refused", None, "no endpoint"))

    def test_connections_are_spread_evenly_over_the_endpoints(self):
        servers = [self.serve(answer_with(CLOSING_ANSWER)) for _ in range(3)]

        client = Client("--endpoints", ",".join(server.name for server in servers),
                        "--one-shot", 300, "--duration", 3)
        summary = client.finish()

        for server in servers:
            share = summary["by_endpoint"][server.name]["requests"] / summary["requests"]
            self.assertAlmostEqual(share, 1 / 3, delta=0.06)

    def test_marks_are_echoed_with_their_time(self):
        server = self.serve(answer_always)

        client = Client("--endpoints", server.name)
        client.command('mark rollout "begins" here')
        mark = client.wait_for("mark")
        client.stop()

        self.assertEqual(mark["text"], 'rollout "begins" here')
        self.assertGreaterEqual(mark["time"], 0)

    def test_a_wrong_command_is_reported_and_changes_nothing(self):
        server = self.serve(answer_always)

        client = Client("--endpoints", server.name)
        for command in ("remvoe x", "add nonsense", "remove 127.0.0.1:1"):
            client.command(command)
            self.assertEqual(client.wait_for("error")["text"], command)
        client.command("mark")
        client.wait_for("error")
        summary = client.stop()

        self.assertEqual(summary["failed"], 0)

    def test_stop_lets_a_request_in_flight_complete(self):
        stopping = threading.Event()
        server = self.serve(lambda peer: (peer.request(), stopping.wait(20), peer.send(ANSWER)))

        client = Client("--endpoints", server.name, "--connections", 1)
        server.wait_for_requests(1)
        client.command("stop\nmark stopping")
        client.wait_for("mark")
        stopping.set()
        summary = client.finish()

        self.assertEqual((summary["requests"], summary["ok"]), (1, 1))

    def test_the_end_of_stdin_does_not_stop_a_run(self):
        server = self.serve(answer_always)

        client = Client("--endpoints", server.name, "--rate", 100)
        client.process.stdin.close()
        server.wait_for_requests(100)
        client.process.send_signal(signal.SIGTERM)
        summary = client.finish()

        self.assert_none_failed(summary)

    def test_commands_may_come_from_a_plain_file(self):
        server = self.serve(answer_always)

        with tempfile.TemporaryFile() as commands:
            commands.write(b"mark from a file\n")
            commands.seek(0)
            done = subprocess.run([LOAD_CLIENT, "--endpoints", server.name, "--duration", "0.3"],
                                  stdin=commands, capture_output=True, check=True, timeout=20)

        self.assertIn(b"from a file", done.stdout)
        self.assertIn(b'"event":"summary"', done.stdout)


class Usage(LoadTest):
    def test_wrong_usage_exits_with_2(self):
        for arguments in ([], ["--endpoints", "nowhere"], ["--endpoints", ","],
                          ["--endpoints", "127.0.0.1:1", "--rate", "-1"],
                          ["--endpoints", "127.0.0.1:1", "--rate", "fast"],
                          ["--endpoints", "127.0.0.1:1", "--method", "PUT"],
                          ["--endpoints", "127.0.0.1:1", "--path", "x"],
                          ["--endpoints", "127.0.0.1:1", "--header", "x"],
                          ["--endpoints", "127.0.0.1:1", "more"], ["--unknown"]):
            with self.subTest(arguments=arguments):
                done = subprocess.run([LOAD_CLIENT, *arguments], capture_output=True, timeout=20,
                                      stdin=subprocess.DEVNULL, check=False)

                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assertNotEqual(done.stderr, b"")

    def test_help_names_every_option(self):
        done = subprocess.run([LOAD_CLIENT, "--help"], capture_output=True, timeout=20, check=True)

        for option in ("endpoints", "connections", "rate", "one-shot", "blind", "ignore-close",
                       "method", "path", "header", "timeout", "duration", "warm-up", "seed"):
            self.assertIn(f"--{option} ", done.stdout.decode())


if __name__ == "__main__":
    unittest.main()
