"""How problems of contests are put: those to train on and those to measure on in the same words."""

from __future__ import annotations

import re

_STDIN = "Read standard input, and print the answer."
# Fewer words than two problems may share (:mod:`passgap.tasks.contamination`), with those that starter code begins by.
_STARTER = "Complete this starter code:\n\n```python\n{}\n```"
_NAMED = re.compile(r"^(\s*)def (\w+)\(", re.MULTILINE)


def asked(statement: str, starter: str | None = None) -> str:
    """The statement of a problem with what the answer has to be: a program, or the starter code completed."""
    return f"{statement.strip()}\n\n{_STARTER.format(starter.rstrip()) if starter else _STDIN}"


def function_in(starter: str) -> str | None:
    """The function that starter code begins: its last one; None where it has none."""
    found = _NAMED.findall(starter)
    return found[-1][1] if found else None
