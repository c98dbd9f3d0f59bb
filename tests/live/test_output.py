"""What the services write, what lastcall writes, and readers that do not read."""

import contextlib
import fcntl
import os

from container import STOP_ALL, THREE, LiveTest, service

EVERY_LINE = r"^(\[ent\] \d{4}-\d\d-\d\d \d\d:\d\d:\d\d |\[(db|app|web|new)\] )"


class Lines(LiveTest):
    def test_5000_lines_on_term_all_arrive(self):
        container = self.serving(service("web", "wait lines 5000"))

        container.signal()

        self.assert_ended(container, 0, within=15)
        lines = [line for line in container.stdout() if line.startswith("[web] line")]
        self.assertEqual(lines, [f"[web] line {n} of 5000" for n in range(1, 5001)])

    def test_5000_lines_on_term_of_three_services_all_arrive_whole(self):
        names = ("db", "app", "web")
        container = self.serving("".join(service(name, "wait lines 5000") for name in names))

        container.signal()

        self.assert_ended(container, 0, within=20)
        for name in names:
            lines = [line for line in container.stdout() if line.startswith(f"[{name}] line")]
            self.assertEqual(lines, [f"[{name}] line {n} of 5000" for n in range(1, 5001)])

    def test_5000_lines_on_the_term_of_the_last_resort_all_arrive(self):
        container = self.serving(service("web", "wait lines 5000"), "error()")

        container.signal()

        self.assert_ended(container, 77, within=15)
        lines = [line for line in container.stdout() if line.startswith("[web] line")]
        self.assertEqual(len(lines), 5000)

    def test_stdout_goes_to_stdout_and_stderr_to_stderr(self):
        container = self.serving(service("web", "say one warn two wait"))
        container.wait_for("one").wait_for("two").signal()

        self.assert_ended(container, 0, within=10)
        self.assertIn("[web] one", container.stdout())
        self.assertIn("[web] two", container.stderr())

    def test_the_prefix_can_be_chosen(self):
        container = self.serving(service("web", "say one wait", 'log_prefix = "<w>"'))
        container.wait_for("<w> one").signal()

        self.assert_ended(container, 0, within=10)

    def test_every_line_has_a_prefix(self):
        container = self.serving(THREE + service("new", "say a warn b wait"))
        container.wait_for("] a").wait_for("] b").signal()

        self.assert_ended(container, 0, within=10)
        for line in container.lines():
            self.assertRegex(line, EVERY_LINE)

    def test_a_long_line_arrives_in_parts_each_with_the_prefix(self):
        container = self.serving(service("web", "long 1000000 say end wait"))
        container.wait_for("[web] end").signal()

        self.assert_ended(container, 0, within=10)
        parts = [line[6:] for line in container.stdout() if line.startswith("[web] x")]
        self.assertEqual("".join(parts), "x" * 1000000)

    def test_a_last_line_without_newline_arrives(self):
        container = self.serving(service("web", "wait partial unfinished"))

        container.signal()

        self.assert_ended(container, 0, within=10)
        self.assertIn("[web] unfinished", container.stdout())

    def test_a_grandchild_that_holds_the_log_pipe_does_not_delay_the_exit(self):
        container = self.serving(
            service("web", "session sleep 400 end say held wait say told") + service("last"),
            grace=20)
        container.wait_for("held").signal()

        self.assert_ended(container, 0, within=5)
        self.assertIn("[web] told", container.stdout())

    def test_a_dying_service_is_heard_to_its_last_line(self):
        container = self.start(service("web", "lines 2000 exit 5"))

        self.assert_ended(container, 5, within=10)
        self.assertEqual(container.text().count(" of 2000"), 2000)


class Readers(LiveTest):
    """Without lines to wait for, a file tells when the service is there."""

    QUIET = service("web", "touch @/here wait")
    CHATTY = service("web", "touch @/here lines 100000 wait")
    ENDLESS = service("web", "fork spam end touch @/here wait")

    @contextlib.contextmanager
    def unread(self):
        """The write end of a pipe that nobody reads."""
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        yield writer
        os.close(reader)
        os.close(writer)

    def here(self, *arguments, **options):
        return self.start(*arguments, grace=6, **options).wait_for_file("here")

    def wait_until_blocked(self, container):
        pid = container.pid_of("lines 100000")
        for _ in range(100000):
            with open(f"/proc/{pid}/wchan", encoding="utf-8") as file:
                if "pipe" in file.read():
                    return
        self.fail("the service does not wait for its pipe")

    def test_a_stdout_that_nobody_reads_does_not_delay_the_stop(self):
        with self.unread() as writer:
            container = self.here(self.ENDLESS, stdout=writer)

            container.signal()

            self.assert_ended(container, 75, within=6)

    def test_a_service_that_waits_for_a_stdout_nobody_reads_is_stopped_in_time(self):
        with self.unread() as writer:
            container = self.here(self.CHATTY, stdout=writer)
            self.wait_until_blocked(container)

            container.signal()

            self.assert_ended(container, 0, within=6)

    def test_neither_output_being_read_does_not_delay_the_stop(self):
        with self.unread() as writer, self.unread() as other:
            container = self.here(self.CHATTY, stdout=writer, stderr=other)
            self.wait_until_blocked(container)

            container.signal()

            self.assert_ended(container, 0, within=6)

    def test_the_last_resort_is_not_delayed_by_a_stdout_that_nobody_reads(self):
        with self.unread() as writer, self.unread() as other:
            container = self.here(self.CHATTY, "error()", stdout=writer, stderr=other)
            self.wait_until_blocked(container)

            container.signal()

            self.assert_ended(container, 77, within=6)

    def test_what_is_read_late_still_arrives_in_full(self):
        reader, writer = os.pipe()
        container = self.here(self.CHATTY, stdout=writer)
        self.wait_until_blocked(container)
        os.close(writer)

        with os.fdopen(reader, encoding="utf-8") as stream:
            lines = (line for line in stream if " of 100000" in line)
            self.assertEqual(sum(1 for _, line in zip(range(100000), lines)), 100000)
            container.signal()
            stream.read()

        self.assert_ended(container, 0, within=6)

    def test_a_stdout_whose_reader_is_gone_stops_nothing(self):
        reader, writer = os.pipe()
        os.close(reader)
        container = self.here(service("web", "touch @/here lines 5000 wait"), stdout=writer)
        os.close(writer)

        container.signal()

        self.assert_ended(container, 0, within=6)

    def redirected(self, shell, services=QUIET):
        container = self.here(services, shell=shell)
        container.signal()
        self.assert_ended(container, 0, within=6)
        self.assertEqual(container.events()[-1]["what"], "verdict")
        return container

    def test_a_closed_stdout_stops_nothing(self):
        self.redirected('exec "$@" >&-')

    def test_closed_standard_descriptors_stop_nothing(self):
        self.redirected('exec "$@" <&- >&- 2>&-')

    def test_a_full_disk_stops_nothing(self):
        self.redirected('exec "$@" >/dev/full')

    def test_stdout_may_be_a_file(self):
        container = self.redirected('exec "$@" >out.txt', self.CHATTY)

        with open(container.path("out.txt"), encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(text.count(" of 100000\n"), 100000)
        self.assertIn("verdict", text)

    def test_stdout_and_stderr_may_be_the_same_pipe(self):
        services = service("web", "warn one touch @/here wait")
        container = self.redirected('exec "$@" 2>&1', services)

        self.assertEqual(container.stderr(), [])
        self.assertIn("[web] one", container.stdout())


class Report(LiveTest):
    def test_the_report_has_the_lines_of_the_text(self):
        container = self.serving(
            THREE, 'log("with \\"quotes\\", \\\\ and ünïcödé")\nwarn("tab\\there")\n' + STOP_ALL)
        container.signal()

        self.assert_ended(container, 0, within=10)
        text = [line[len("[ent] 2026-01-31 23:59:59 "):] for line in container.lines()
                if line.startswith("[ent] 2") and "not PID 1" not in line]
        for event in container.events():
            expected = f"{event['time']:8.3f}  {event.get('service', '-'):16} {event['what']:9} " \
                       f"{event.get('why', '')}"
            self.assertTrue(any(line.startswith(expected.replace("\t", " ")) for line in text),
                            expected + container.shown())
        self.assertEqual(len(container.events()), len(text))

    def test_the_report_begins_with_the_start_and_ends_with_the_verdict(self):
        container = self.serving(THREE)
        container.signal()

        self.assert_ended(container, 0, within=10)
        whats = [event["what"] for event in container.events()]
        self.assertEqual(whats, ["started"] * 3 + ["serving", "shutdown"] + ["TERM", "exited"] * 3
                         + ["verdict"])

    def test_a_byte_that_is_no_text_does_not_break_the_report(self):
        container = self.serving(THREE, 'log("a\\255b")\n' + STOP_ALL)
        container.signal()

        self.assert_ended(container, 0, within=10)
        self.assertIn("a?b", [event.get("why") for event in container.events()])

    def test_the_verdict_agrees_with_the_exit_code(self):
        container = self.serving(service("web", "forever"), grace=2)
        container.signal()

        self.assert_ended(container, 75, within=2)
        self.assertRegex(container.events()[-1]["why"], "^forced: .* exit code 75$")

    def test_a_report_that_cannot_be_written_stops_nothing(self):
        container = self.serving(THREE, arguments=["--report", "/dev/full"])
        container.signal()

        self.assert_ended(container, 0, within=10)
