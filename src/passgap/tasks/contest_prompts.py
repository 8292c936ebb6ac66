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


def stated(prompt: str) -> tuple[str, str]:
    """The statement and the starter code of a prompt of :func:`asked`; no starter code is an empty text.

    Raises:
        ValueError: the prompt is none of these.
    """
    before, after = _STARTER.split("{}")
    statement, _, rest = prompt.rpartition(f"\n\n{before}")
    if statement and rest.endswith(after):
        return statement, rest.removesuffix(after)
    if prompt.endswith(f"\n\n{_STDIN}"):
        return prompt.removesuffix(f"\n\n{_STDIN}"), ""
    raise ValueError("its prompt is not worded as one of a contest")


def function_in(starter: str) -> str | None:
    """The function that starter code begins: its last one; None where it has none."""
    found = _NAMED.findall(starter)
    return found[-1][1] if found else None
