"""The results of single tests in what a test command prints, by name.

Nothing here is trusted: the program under test may have written any of it. A name is passed only if every line that
tells of it says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from xml.etree import ElementTree

Report = dict[str, bool]
"""Whether each test passed, by its name; a test that was skipped is not in it."""

_GO_LINE = re.compile(r"^\s*--- (PASS|FAIL): (\S+)")
_TAP_LINE = re.compile(r"^\s*(not )?ok\b\s*\d*\s*(?:-\s*)?(.*?)\s*(?:#\s*(.*))?$")
_UNITTEST_NAME = re.compile(r"(?:^| \.\.\. )(?P<method>\w+) \((?P<place>[\w.]+)\)")
_UNITTEST_RESULT = re.compile(r"(?:.*\b)?(ok|OK|FAIL|ERROR|expected failure)$")
_UNITTEST_ALONE = re.compile(r"ok|OK|FAIL|ERROR|expected failure")
_UNITTEST_SUMMARY = re.compile(r"(?:FAIL|ERROR): (?P<method>\w+) \((?P<place>[\w.]+)\)")
_CARGO_LINE = re.compile(r"^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED)\s*$")


def results_in(output: str, form: str) -> Report:
    """Read the results in an output; what cannot be read is left out."""
    report: Report = {}
    for name, passed in _READERS[form](output):
        report[name] = report.get(name, True) and passed
    return report


def ends_with(output: str, nonce: str) -> bool:
    """Whether the last line of an output that is not blank is the nonce."""
    lines = output.rstrip().splitlines()
    return bool(lines) and lines[-1].strip() == nonce


def _junit(output: str) -> Iterator[tuple[str, bool]]:
    start = output.find("<testsuite")
    end = max(output.rfind("</testsuites>") + len("</testsuites>"), output.rfind("</testsuite>") + len("</testsuite>"))
    if start < 0 or end <= start or "<!DOCTYPE" in output or "<!ENTITY" in output:
        return
    try:
        root = ElementTree.fromstring(output[start:end])  # noqa: S314 - without entities, and of bounded size
    except ElementTree.ParseError:
        return
    for case in root.iter("testcase"):
        bad = any(case.find(each) is not None for each in ("failure", "error"))
        if bad or case.find("skipped") is None:
            yield ".".join(part for part in (case.get("classname"), case.get("name")) if part), not bad


def _tap(output: str) -> Iterator[tuple[str, bool]]:
    for line in output.splitlines():
        found = _TAP_LINE.match(line)
        if found and not (found.group(3) or "").upper().startswith(("SKIP", "TODO")) and found.group(2):
            yield found.group(2).replace("\\#", "#"), found.group(1) is None


def _go(output: str) -> Iterator[tuple[str, bool]]:
    for line in output.splitlines():
        if line.startswith("{"):
            yield from _go_event(line)
        elif found := _GO_LINE.match(line):
            yield found.group(2), found.group(1) == "PASS"


def _go_event(line: str) -> Iterator[tuple[str, bool]]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return
    if isinstance(event, dict) and isinstance(event.get("Test"), str) and event.get("Action") in ("pass", "fail"):
        yield event["Test"], event["Action"] == "pass"


def _cargo(output: str) -> Iterator[tuple[str, bool]]:
    for line in output.splitlines():
        if found := _CARGO_LINE.match(line):
            path, passed = found.group(1), found.group(2) == "ok"
            yield path, passed
            if "::" in path:
                yield path.rpartition("::")[2], passed


def _unittest(output: str) -> Iterator[tuple[str, bool]]:
    """The results of unittest with ``-v``, and of Django's runner, each by all names of its test.

    A test with a docstring takes two lines, of which the second has the docstring's first line and the result; public
    sets name it by that line. What a test prints may stand between its name and the result, on lines of its own too.
    """
    above: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    for line in map(str.strip, output.splitlines()):
        if failed := _UNITTEST_SUMMARY.match(line):
            yield from ((name, False) for name in _unittest_names(failed))
            continue
        named = list(_UNITTEST_NAME.finditer(line))
        if named and named[-1].end() == len(line):
            above, waiting = _unittest_names(named[-1]), ()
            continue
        head, begun, result = f"{line} ".rpartition(" ... ")
        if begun:
            waiting = _unittest_names(named[-1]) if named else (*above, head)
            waiting = () if result.startswith("skipped") else waiting
        else:
            result = line if _UNITTEST_ALONE.fullmatch(line) else ""
        above = ()
        if found := _UNITTEST_RESULT.match(result.strip()):
            yield from ((name, found[1] in ("ok", "OK", "expected failure")) for name in waiting)
            waiting = ()


def _unittest_names(found: re.Match[str]) -> tuple[str, ...]:
    """The name of a test, and its name as Python up to 3.10 writes it, without the method behind the class."""
    method, place = found["method"], found["place"]
    return tuple(dict.fromkeys((f"{method} ({place})", f"{method} ({place.removesuffix(f'.{method}')})")))


_READERS = {"junit-xml": _junit, "tap": _tap, "go-test-json": _go, "cargo": _cargo, "unittest": _unittest}
