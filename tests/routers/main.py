"""Runs the tests of this folder, prints what the rollouts measured, and counts."""

import argparse
import os
import re
import sys
import unittest

import kinds  # noqa: F401 - finds docker/
import test_rollouts

README = os.path.join(kinds.HERE, "README.md")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, prog="tests/routers/run")
    parser.add_argument("--build", type=os.path.abspath, default=test_rollouts.SETUP["build"],
                        help="directory of lastcall")
    parser.add_argument("-k", default="", dest="part", help="only tests with this in their name")
    parser.add_argument("--timelines", action="store_true", help="print what lastcall wrote")
    parser.add_argument("--write-readme", action="store_true",
                        help="put the table into README.md")
    return parser.parse_args()


def write_readme(table):
    with open(README, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"(<!-- routers:begin -->\n).*(<!-- routers:end -->)",
                  lambda found: found[1] + table + "\n" + found[2], text, flags=re.DOTALL)
    with open(README, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    options = parse_arguments()
    test_rollouts.SETUP.update(build=options.build)
    suite = unittest.TestSuite()
    for group in unittest.defaultTestLoader.loadTestsFromModule(test_rollouts):
        suite.addTests(test for test in group if options.part in test.id())

    outcome = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    table = "\n".join(test_rollouts.table())
    print(table)
    if options.timelines:
        test_rollouts.print_timelines()
    if options.write_readme:
        write_readme(table)
    failed = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed or outcome.testsRun == 0 else 0)


if __name__ == "__main__":
    main()
