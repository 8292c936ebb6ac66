"""The report of a driver on what it observed inside the jail, signed with a key that it alone was given.

The signature keeps a program from printing results. It shares the process with the driver, though: a program that looks
for the key in memory can forge them.
"""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import Any, NamedTuple

END = "end"
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Signed(NamedTuple):
    """A report that was signed to its end."""

    results: list[tuple[str, str, str]]
    """The tests in order: name, outcome and a reason."""
    status: int
    """How the runner of the tests ended."""


def signed_results(answers: bytes, key: bytes) -> Signed | None:
    """Return the results in what a driver sent; None unless every line is signed, in order, and the last is the end."""
    found: list[tuple[str, str, str]] = []
    lines = answers.split(b"\n")
    if lines[-1:] != [b""]:
        return None
    for place, line in enumerate(lines[:-1]):
        mac, _, text = line.partition(b" ")
        if not hmac.compare_digest(mac, hmac.new(key, text, sha256).hexdigest().encode("ascii")):
            return None
        number, name, outcome, *rest = json.loads(text)
        if number != place:
            return None
        if outcome == END:
            return Signed(found, int(rest[1])) if place == len(lines) - 2 and rest[0] == len(found) else None
        found.append((name, outcome, str(rest[0]) if rest else ""))
    return None


def outcomes_by_name(report: Signed) -> dict[str, str]:
    """The outcome of each test, by its name and by shorter forms: the worst of those that share one.

    Public sets have names that were cut at their first space, or that are the function's alone.
    """
    rank = {FAILED: 0, SKIPPED: 1, PASSED: 2}
    worst: dict[str, str] = {}
    for name, outcome, _ in report.results:
        for each in {name, name.split(" ", 1)[0], name.partition("[")[0].rpartition("::")[2]}:
            known: Any = worst.get(each, PASSED)
            worst[each] = min(known, outcome, key=lambda one: rank.get(one, 0))
    return worst
