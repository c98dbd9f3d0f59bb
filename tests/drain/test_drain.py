#!/usr/bin/env python3
"""Tries the harness of the drain matrix on two short cells. Wants lastcall and load_client."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

import cells
import matrix
import prediction
import results
import table

RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run")


def line(cell, run=1, failed=0, left=1.0, **more):
    """A line of results, as measure.py makes it."""
    stop = {"left": left, "gone": left + 0.1, "ended": "idle", "expected": 0.01, "exit_code": 0}
    return {"cell": cell, "run": run, "date": "2026-01-01T00:00:00+00:00", "lastcall": "0 a",
            "envoy": "1.40.0", "cores": 2, "load": 0, "requests": 10, "failed": failed,
            "failures": {"refused": failed} if failed else {}, "retried": 0,
            "stops": [stop, stop], "start_delay_ms": 1, "seconds": 9, **more}


class Names(unittest.TestCase):
    def test_every_cell_of_the_rows_is_found_by_its_name(self):
        for cell in cells.chosen():
            self.assertEqual(cells.matching([cell.name]), [cell])

    def test_a_cell_of_no_row_can_be_named(self):
        self.assertEqual(cells.matching(["100x19/20s/contour"]),
                         [cells.Cell("100x19", 20, "contour")])

    def test_a_glob_chooses_among_the_rows(self):
        chosen = cells.matching(["*/lastcall"])

        self.assertEqual(len(chosen), len(matrix.ROWS))

    def test_what_matches_nothing_is_a_mistake(self):
        for pattern in ("380x5/1s/nobody", "nobody/*", "380x5/1/lastcall"):
            with self.assertRaises(ValueError):
                cells.matching([pattern])

    def test_every_mix_is_in_a_row_with_lastcall_and_plain(self):
        for mix, _, policies in matrix.ROWS:
            self.assertIn(mix, matrix.MIXES)
            self.assertEqual(policies[:2], ("lastcall", "plain"))


class Model(unittest.TestCase):
    def test_it_knows_the_clients_of_every_mix_but_those_that_are_left_out(self):
        for mix, clients in matrix.MIXES.items():
            said = prediction.clients_of(cells.Cell(mix, 1, "lastcall"))
            self.assertEqual(said is None, clients.get("model") is False, mix)


class Agreement(unittest.TestCase):
    """Of what was seen with what the model says."""

    def compared(self, runs, failures, wait):
        cell = [line("none/1s/lastcall", run, failed=4, left=3.0) for run in range(runs)]
        return prediction.Comparison(results.Summary(cell), prediction.model.Played(failures),
                                     [prediction.model.Played(wait)] * 2)

    def test_what_is_near_agrees(self):
        self.assertEqual(self.compared(1, [6, 6], [3.2, 3.2]).text(), "6 · 3.2 s")

    def test_what_is_far_is_bold(self):
        self.assertEqual(self.compared(1, [20, 20], [9, 9]).text(), "**20** · **9.0 s**")

    def test_what_chance_may_have_made_is_shown_with_its_deviation(self):
        compared = self.compared(1, [2, 38], [1, 17])

        self.assertEqual(compared.text(), "20 ± 25 · 9.0 ± 8.0 s")
        self.assertFalse(compared.failures_agree or compared.wait_agrees)

    def test_more_runs_leave_less_to_chance(self):
        self.assertEqual(self.compared(16, [2, 38], [1, 17]).text(), "**20** · **9.0 s**")


class Tables(unittest.TestCase):
    def test_a_cell_shows_the_least_and_the_most_failures_and_the_mean_wait(self):
        found = table.Matrix([line("none/1s/lastcall", run, failed=run, left=float(run))
                              for run in (1, 2, 3)])

        self.assertIn("| none / 1s | 1–3 · 2.0 s |", "\n".join(table.measured(found)))

    def test_fewer_runs_and_late_clients_are_marked(self):
        found = table.Matrix([line("none/1s/lastcall", start_delay_ms=500)])

        self.assertIn("0 · 1.0 s† (1×)", "\n".join(table.measured(found)))

    def test_who_fails_less_and_is_not_slower_is_ahead_of_lastcall(self):
        found = table.Matrix([line("none/1s/lastcall", left=2.0), line("none/1s/istio", left=2.1),
                              line("none/1s/contour", left=0.1)])

        behind = list(table.not_ahead(found))

        self.assertEqual(len(behind), 1)
        self.assertIn("contour", behind[0])

    def test_of_several_versions_of_lastcall_the_last_one_counts(self):
        old, new = ({"date": f"2026-01-0{day}T00:00:00+00:00", "lastcall": f"0 {day}"}
                    for day in (1, 2))
        found = table.Matrix([
            line("none/1s/lastcall", 2, left=9.0, **old), line("none/1s/lastcall", 1, **new),
            line("none/1s/istio", 2, left=6.0, **old), line("none/1s/istio", 1, left=4.0, **new)])

        text = "\n".join(table.measured(found))

        self.assertIn("0 · 1.0 s (1×)", text)
        self.assertIn("0 · 5.0 s (2×)", text)
        self.assertEqual(len(found.runs), 3)

    def test_why_a_stop_ended_is_seen_in_its_times(self):
        for reason, stop in (
                (results.LAST_REQUEST, {"left": 3.0, "busy": 2.75, "ended": "idle"}),
                (results.UNTOLD, {"left": 5.0, "busy": 5.0, "ended": "idle"}),
                (results.EVIDENCE, {"left": 3.0, "busy": 1.0, "ended": "idle"}),
                (results.LEAST_WAIT, {"left": 1.0, "busy": -3.0, "ended": "idle"}),
                (results.LEAST_WAIT, {"left": 1.0, "busy": None, "ended": "idle"}),
                (results.TIME_UP, {"left": 14.5, "busy": 14.5, "ended": "timeout"}),
                (results.TIME_UP, {"left": None, "busy": None, "ended": None})):
            self.assertEqual(results.left_by(stop), reason, stop)

    def test_overshoot_is_the_time_after_the_last_request(self):
        def stop(left, busy):
            return {"left": left, "busy": busy, "ended": "idle", "gone": left, "expected": 0}

        found = table.Matrix([
            line("380x5/1s/lastcall", stops=[stop(2, 1.75), stop(2, 1.5)]),
            line("none/1s/lastcall", stops=[stop(1, None), stop(1, None)]),
            line("lone/2s/lastcall", stops=[stop(5, 5), stop(5, 5)]),
            line("lone/2s/istio")])

        self.assertEqual(list(table.overshoots(found))[2:], [
            "| none / 1s |  | least wait 2× |",
            "| 380x5 / 1s | 0.25–0.50 s | last request 1×, evidence 1× |",
            "| lone / 2s |  | untold 2× |"])
        self.assertIn("Of the 1 stops", table.overshoot_summary(found))

    def test_calibration_adds_up_what_was_expected_and_what_was_refused(self):
        found = table.Matrix([line("none/1s/lastcall", run, failed=1) for run in (1, 2)])

        text = table.calibration(found)

        self.assertIn("in 2 of 2 runs", text)
        self.assertIn("0.04 in sum", text)
        self.assertIn("2 refused", text)


class Harness(unittest.TestCase):
    """With a file of results of its own."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="lastcall-")
        self.addCleanup(directory.cleanup)
        self.results = os.path.join(directory.name, "results.jsonl")

    def run_cells(self, *arguments):
        done = subprocess.run([sys.executable, RUN, "--results", self.results, "--runs", "1",
                               *arguments], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_a_cell_is_measured_once_and_kept(self):
        self.run_cells("http2-few/0.2s/lastcall", "http2-few/0.2s/plain")
        lastcall, plain = results.read(self.results)
        self.run_cells("http2-few/0.2s/lastcall", "http2-few/0.2s/plain")

        self.assertEqual(lastcall["cell"], "http2-few/0.2s/lastcall")
        self.assertEqual(lastcall["failed"], 0, lastcall)
        self.assertEqual([stop["ended"] for stop in lastcall["stops"]], ["idle", "idle"])
        self.assertGreater(lastcall["requests"], 500)
        self.assertGreater(plain["failed"], 0, "the control lost nothing: this shows nothing")
        with open(self.results, encoding="utf-8") as file:
            self.assertEqual([json.loads(text) for text in file], [lastcall, plain])

    def test_runs_with_late_clients_can_be_made_again(self):
        for run in (line("none/1s/plain"), line("none/2s/plain", start_delay_ms=90)):
            results.append(run, self.results)
        names = ("none/1s/plain", "none/2s/plain")

        self.assertIn("to do: 0 runs", self.run_cells(*names, "--list"))
        self.assertIn("to do: 1 runs", self.run_cells(*names, "--list", "--again-busy"))

    def test_two_at_once_are_not_possible(self):
        with results.alone(self.results):
            done = subprocess.run([sys.executable, RUN, "--results", self.results, "none/1s/plain"],
                                  capture_output=True, text=True, timeout=120)

        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("another one is running", done.stderr)

    def test_nothing_is_begun_that_would_end_too_late(self):
        said = self.run_cells("none/20s/plain", "--minutes", "0.1")

        self.assertIn("1 runs are left", said)
        self.assertEqual(results.read(self.results), [])


if __name__ == "__main__":
    program = unittest.main(exit=False, verbosity=2)
    failed = len(program.result.failures) + len(program.result.errors)
    print(f"{program.result.testsRun - failed} passed, {failed} failed")
    sys.exit(failed > 0)
