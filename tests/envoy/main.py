"""Runs the tests of this folder, prints what the rollouts measured, and counts."""

import argparse
import os
import sys
import unittest

import support
import test_faults
import test_rollouts
import test_waits


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, prog="tests/envoy/run")
    parser.add_argument("--build", type=os.path.abspath, default=support.SETUP["build"],
                        help="directory of lastcall")
    parser.add_argument("--tools", type=os.path.abspath, default=support.SETUP["tools"],
                        help="directory of Envoy")
    parser.add_argument("-k", default="", dest="part", help="only tests with this in their name")
    return parser.parse_args()


def tests_of(module, part):
    for group in unittest.defaultTestLoader.loadTestsFromModule(module):
        yield from (test for test in group if part in test.id())


def main():
    options = parse_arguments()
    support.SETUP.update(build=options.build, tools=options.tools)
    suite = unittest.TestSuite()
    for module in (test_faults, test_waits, test_rollouts):
        suite.addTests(tests_of(module, options.part))

    outcome = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    test_rollouts.print_table()
    failed = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed or outcome.testsRun == 0 else 0)


if __name__ == "__main__":
    main()
