"""Faults of the router and its admin, under load: what comes of each, as a table."""

import argparse
import os
import re
import signal
import sys

import fault_run
import readme
import support
from fault_list import FAULTS

def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, prog="tests/envoy/faults")
    parser.add_argument("--build", type=os.path.abspath, default=support.SETUP["build"],
                        help="directory of lastcall")
    parser.add_argument("--tools", type=os.path.abspath, default=support.SETUP["tools"],
                        help="directory of Envoy")
    parser.add_argument("-k", default="", dest="part",
                        help="only faults with this (a regular expression) in their name")
    parser.add_argument("--no-control", action="store_true",
                        help="not also with SIGTERM at once, which takes as long again")
    parser.add_argument("--timelines", action="store_true", help="print what lastcall wrote")
    parser.add_argument("--write-readme", action="store_true",
                        help="put the table into README.md")
    return parser.parse_args()


def row(fault, outcome, control):
    kinds = ", ".join(f"{kind} {count}" for kind, count in outcome.failures.items())
    said = fault_run.line_of(fault, outcome).replace("|", "\\|")
    return (f"| {fault.name} | {said} | {outcome.failed}{f' ({kinds})' if kinds else ''} | "
            f"{control.failed if control else '–'} | {outcome.seconds:.1f} | {fault.grace} |")


def main():
    options = parse_arguments()
    support.SETUP.update(build=options.build, tools=options.tools)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    faults = [fault for fault in FAULTS if re.search(options.part, fault.name)]
    lines = ["| fault | what lastcall says | failed | with SIGTERM at once | seconds | grace |",
             "|---|---|---|--:|--:|--:|"]
    print("\n".join(lines))
    broken = 0
    for fault in faults:
        control = None if options.no_control else fault_run.measure(fault, support.PLAIN)
        outcome = fault_run.measure(fault, support.LASTCALL)
        lines.append(row(fault, outcome, control))
        print(lines[-1], flush=True)
        if options.timelines:
            print("\n".join(outcome.log))
        found = fault_run.problems(fault, outcome, control)
        broken += bool(found)
        for problem in found:
            print(f"PROBLEM {fault.name}: {problem}", flush=True)
    if options.write_readme:
        readme.write("faults", lines)
    print(f"{len(faults) - broken} as they should be, {broken} not")
    sys.exit(1 if broken or not faults else 0)


if __name__ == "__main__":
    main()
