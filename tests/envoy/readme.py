"""Puts measured tables into README.md, between its markers."""

import os
import re

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "README.md")


def write(name, lines):
    """Replaces what is between <!-- NAME:begin --> and <!-- NAME:end -->."""
    with open(PATH, encoding="utf-8") as file:
        text = file.read()
    table = "\n".join(lines)
    text, count = re.subn(rf"(<!-- {name}:begin -->\n).*(<!-- {name}:end -->)",
                          lambda found: found[1] + table + "\n" + found[2], text, flags=re.DOTALL)
    if count != 1:
        raise RuntimeError(f"{PATH} has no place for {name}")
    with open(PATH, "w", encoding="utf-8") as file:
        file.write(text)
