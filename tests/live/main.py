"""Runs the tests of this folder, each in a process of its own, two at a time, and counts."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import unittest

import container
import test_check
import test_envoy
import test_moments
import test_output
import test_policies
import test_reload
import test_services
import test_signals
import test_verify

LIMIT_SECONDS = 50  # for one test
MODULES = (test_services, test_moments, test_policies, test_signals, test_output, test_envoy,
           test_check, test_reload, test_verify)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, prog="tests/live/run")
    parser.add_argument("binary")
    parser.add_argument("part", nargs="?", default="", help="only tests with this in their name")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def tests_of(module):
    for group in unittest.defaultTestLoader.loadTestsFromModule(module):
        yield from group


def compile_helpers(directory):
    for name, options in (("service", ["-static"]), ("leftovers", ["-shared", "-fPIC"])):
        container.SETUP[name] = os.path.join(directory, name)
        subprocess.run(["cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", *options, "-o",
                        container.SETUP[name], os.path.join(container.HERE, name + ".c")],
                       check=True)


def sentence(test):
    return test.id().rpartition("test_")[2].replace("_", " ")


def run_here(test, output):
    """In the child: the test, its complaints into `output`, and never back."""
    code = 1
    try:
        outcome = unittest.TestResult()
        test.run(outcome)
        for _, text in outcome.failures + outcome.errors:
            os.write(output.fileno(), text.encode())
        code = 0 if outcome.wasSuccessful() else 1
    except BaseException:
        os.write(output.fileno(), traceback.format_exc().encode())
    os._exit(code)


class Run:
    def __init__(self, test):
        self.name = sentence(test)
        self.began = time.monotonic()
        self.output = tempfile.TemporaryFile()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.setpgid(0, 0)
            run_here(test, self.output)

    def check_limit(self):
        if time.monotonic() - self.began > LIMIT_SECONDS:
            os.write(self.output.fileno(), b"it took too long\n")
            os.killpg(self.pid, signal.SIGKILL)

    def report(self, status):
        print(f"{'ok  ' if status == 0 else 'FAIL'} {time.monotonic() - self.began:5.1f} s  "
              f"{self.name}", flush=True)
        self.output.seek(0)
        text = self.output.read().decode("utf-8", "replace")
        if text:
            print(text, flush=True)
        return status == 0


def run_all(tests, jobs):
    running, passed = {}, 0
    while tests or running:
        while tests and len(running) < jobs:
            run = Run(tests.pop(0))
            running[run.pid] = run
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            passed += running.pop(pid).report(status)
            continue
        for run in running.values():
            run.check_limit()
        time.sleep(0.01)
    return passed


def main():
    options = parse_arguments()
    container.SETUP["binary"] = os.path.abspath(options.binary)
    tests = [test for module in MODULES for test in tests_of(module)
             if options.part in sentence(test) or options.part in test.id()]
    count = len(tests)
    print("each test in a PID namespace of its own" if container.ISOLATED else
          "not root: no PID namespaces, lastcall is a subreaper in all tests")
    with tempfile.TemporaryDirectory(prefix="live-") as directory:
        tempfile.tempdir = directory
        compile_helpers(directory)
        passed = run_all(tests, options.jobs)
    print(f"{passed} passed, {count - passed} failed")
    sys.exit(0 if count and passed == count else 1)


if __name__ == "__main__":
    main()
