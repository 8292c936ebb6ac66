"""The report of a driver on what it observed inside the jail, signed with a key that it alone was given.

The signature keeps a program from printing results. It shares the process with the driver, though: a program that looks
for the key in memory can forge them.
"""

from __future__ import annotations

import hmac
import json
import re
from hashlib import sha256
from typing import Any, NamedTuple

END, READY, UNUSABLE = "end", "ready", "unusable"
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
_PATH = re.compile(r"\[/(?!/)[^*]*/(?=[^/*]*\]$)")


class Signed(NamedTuple):
    """A report that was signed to its end."""

    results: list[tuple[str, str, str]]
    """The tests in order: name, outcome and a reason."""
    status: int
    """How the runner of the tests ended."""


def fault_of_driver(answers: bytes, key: bytes) -> str | None:
    """Say why a driver never came to the program, which is no fault of that one; None where it did.

    It says that it is ready before it loads anything of the program's.
    """
    first = _signed(answers.partition(b"\n")[0], key)
    if first is None:
        return "it did not start"
    _, _, said, *rest = first
    return None if said == READY else str(rest[0] if rest else said)


def signed_results(answers: bytes, key: bytes) -> Signed | None:
    """Return the results in what a driver sent; None unless every line is signed, in order, and the last is the end."""
    found: list[tuple[str, str, str]] = []
    lines = answers.split(b"\n")
    if lines[-1:] != [b""]:
        return None
    for place, line in enumerate(lines[:-1]):
        fields = _signed(line, key)
        if fields is None or fields[0] != place:
            return None
        _, name, outcome, *rest = fields
        if outcome == END:
            return Signed(found, int(rest[1])) if place == len(lines) - 2 and rest[0] == len(found) else None
        if outcome != READY:
            found.append((name, outcome, str(rest[0]) if rest else ""))
    return None


def _signed(line: bytes, key: bytes) -> list[Any] | None:
    """The fields of a line; None where it is not signed with the key."""
    mac, _, text = line.partition(b" ")
    if not hmac.compare_digest(mac, hmac.new(key, text, sha256).hexdigest().encode("ascii")):
        return None
    fields: list[Any] = json.loads(text)
    return fields


def outcomes_by_name(report: Signed) -> dict[str, str]:
    """The outcome of each test, by its name and by shorter forms: the worst of those that share one.

    Public sets have names that were cut at their first space, that are the function's alone, or in which a parameter
    that is an absolute path is its last part, ``[/data.txt]``.
    """
    rank = {FAILED: 0, SKIPPED: 1, PASSED: 2}
    worst: dict[str, str] = {}
    for name, outcome, _ in report.results:
        cut = name.split(" ", 1)[0]
        for each in {name, cut, _PATH.sub("[/", cut), name.partition("[")[0].rpartition("::")[2]}:
            known: Any = worst.get(each, PASSED)
            worst[each] = min(known, outcome, key=lambda one: rank.get(one, 0))
    return worst
