"""Splits the tests of MultiPL-E: each is a call of the function and the value that it must return, in a fixed form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from passgap.records import CallCase

_OPEN, _CLOSE = "([{", ")]}"
_QUOTES = "\"'`"


@dataclass(frozen=True)
class Form:
    """The form in which a language's tests are written: patterns around the arguments and the expected value."""

    begins: re.Pattern[str]
    """The text up to the arguments; its group ``function``, where it has one, is the function's name."""
    between: tuple[str, ...]
    """The texts between the arguments and the expected value."""
    ends: str
    """The text behind the expected value."""
    names: re.Pattern[str]
    """Where the tests name the function; its first group is the name."""
    frame: re.Pattern[str]
    """Lines that belong to every test and test nothing."""
    called: str = "{}"
    """How a test calls the function of that name."""
    expected_first: bool = False
    """Whether the expected value stands before the call: then ``begins`` and ``between`` change places."""


@dataclass(frozen=True)
class Split:
    """A problem's tests, split."""

    function: str
    """The name of the function."""
    called: str
    """The expression that is called."""
    cases: tuple[CallCase, ...]


def _form(
    begins: str,
    between: tuple[str, ...],
    ends: str,
    names: str,
    frame: str,
    called: str = "{}",
    *,
    expected_first: bool = False,
) -> Form:
    frames = re.compile(rf"^\s*(?:{frame})?\s*$")
    return Form(re.compile(begins), between, ends, re.compile(names), frames, called, expected_first)


_NODE = _form(
    r"\s*assert\.deepEqual\(candidate\(",
    ("),",),
    ");",
    r"let candidate = (\w+);",
    r"(?:declare var require: any|const assert = require\('node:assert'\)|let candidate = \w+|test\(\));"
    r"|function test\(\) \{|\}",
)
FORMS: Mapping[str, Form] = {
    "javascript": _NODE,
    "typescript": _NODE,
    "cpp": _form(
        r"\s*assert\(candidate\(",
        (") == ",),
        ");",
        r"auto candidate = (\w+);",
        r"\}|int main\(\) \{|auto candidate = \w+;",
    ),
    "rust": _form(
        r"\s*assert_eq!\(candidate\(",
        ("), ",),
        ");",
        r"let candidate = (\w+);",
        r"\}|fn main\(\) \{|let candidate = \w+;",
    ),
    "java": _form(
        r"\s*assert\((?P<function>\w+)\(",
        (").equals(", ") == "),
        ");",
        r"assert\((\w+)\(",
        r"\}|public static void main\(String\[\] args\) \{",
        "Problem.{}",
    ),
    "go": _form(
        r"\s*\{ actual: candidate\(",
        ("), expected: ",),
        " },",
        r"candidate := (\w+)",
        r"func Test\w+\(t \*testing\.T\) \{|candidate := \w+|type test struct \{|actual +interface\{\}"
        r"|expected interface\{\}|\}|tests := \[\]test\{|for i, tc := range tests \{|t\.Run\(.*\{"
        r'|if fmt\.Sprintf\("%v", tc\.actual\) != fmt\.Sprintf\("%v", tc\.expected\) \{|t\.Errorf\(.*\)|\}\)',
    ),
    "ruby": _form(
        r"\s*assert_equal\(",
        (", candidate.call(",),
        "))",
        r"candidate = method\(:(\w+)\)",
        r"require 'test/unit'|class TestHumanEval < Test::Unit::TestCase|def test_\w+|candidate = method\(:\w+\)|end",
        expected_first=True,
    ),
    "php": _form(
        r"\s*if \(candidate\(",
        (") !== ",),
        ') { throw new Exception("Test failed!"); }',
        r"return (\w+)\(\.\.\.\$args\);",
        r"function candidate\(\.\.\.\$args\) \{|return \w+\(\.\.\.\$args\);|\}|function test\(\): void \{|test\(\);",
    ),
    "csharp": _form(
        r"\s*Debug\.Assert\((?P<function>\w+)\(",
        (").Equals(", ") == "),
        ");",
        r"Debug\.Assert\((\w+)\(",
        r"\}|public static void Main\(string\[\] args\) \{",
        "Problem.{}",
    ),
    "bash": _form(
        r"\s*\[\[ \$\(candidate ?",
        (") = ",),
        " ]]",
        r"candidate\(\) \{\s*(\w+) ",
        r"\}|candidate\(\) \{|\w+ \"\$@\"|set -e|run_test\(\) \{|run_test",
    ),
}


def split_tests(language: str, tests: str) -> Split | None:
    """Split tests as MultiPL-E writes them; None where any of their lines is of another form."""
    form = FORMS.get(language)
    named = form.names.search(tests) if form else None
    if form is None or named is None:
        return None
    cases: list[CallCase] = []
    lines = tests.split("\n")
    while lines:
        begun = form.begins.match(lines[0])
        if begun is None:
            if not form.frame.match(lines.pop(0)):
                return None
            continue
        rest = lines.pop(0)[begun.end() :]
        while lines and _ends_in_literal(rest):
            rest += "\\n" + lines.pop(0)  # the set wrote the line's end itself into a literal
        case = _case(rest, form)
        if case is None:
            return None
        cases.append(case)
    return Split(named[1], form.called.format(named[1]), tuple(cases)) if cases else None


def _case(rest: str, form: Form) -> CallCase | None:
    """The case of a line behind the opening of its call."""
    if not rest.endswith(form.ends):
        return None
    rest = rest.removesuffix(form.ends)
    if form.expected_first:
        comma = next((at for at in top_level(rest) if rest.startswith(form.between[0], at)), None)
        if comma is None or not rest[:comma].strip():
            return None
        return CallCase(arguments=rest[comma + len(form.between[0]) :], expected=rest[:comma].strip())
    end = closing(rest)
    if end is None:
        return None
    for between in form.between:
        if rest.startswith(between, end):
            expected = rest[end + len(between) :]
            expected = expected.removesuffix(")") if between.lower().endswith("equals(") else expected
            return CallCase(arguments=rest[:end], expected=expected.strip()) if expected.strip() else None
    return None


def closing(text: str, start: int = 0) -> int | None:
    """The place of the bracket that closes one that is open where ``start`` is; strings and characters are skipped."""
    depth = 1
    for place in _outside_literals(text, start):
        if text[place] in _OPEN:
            depth += 1
        elif text[place] in _CLOSE:
            depth -= 1
            if depth == 0:
                return place
    return None


def _outside_literals(text: str, start: int) -> Iterator[int]:
    """Yield the places in a text that are in no literal, up to one that does not end."""
    place = start
    while place < len(text):
        if text[place] in _QUOTES:
            end = _string_end(text, place)
            if end is None:
                return
            place = end
        else:
            yield place
        place += 1


def _ends_in_literal(text: str) -> bool:
    """Whether a text ends within a string that begins in it."""
    place = 0
    while place < len(text):
        if text[place] in _QUOTES:
            end = _string_end(text, place)
            if end is None:
                return True
            place = end
        place += 1
    return False


def _string_end(text: str, start: int) -> int | None:
    """The place of the quote that ends a literal; an apostrophe that begins none, as of a lifetime, ends itself."""
    place = start + 1
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == text[start]:
            return place
        place += 1
    return start if text[start] == "'" else None


def top_level(text: str, start: int = 0) -> Iterator[int]:
    """Yield the places in a text that are in no bracket and no literal."""
    depth = 0
    for place in _outside_literals(text, start):
        if text[place] in _OPEN:
            depth += 1
        elif text[place] in _CLOSE:
            depth -= 1
        elif depth == 0:
            yield place


def first_argument(text: str) -> tuple[str, str] | None:
    """A list of arguments as the first one and the rest, by the first comma outside brackets and literals."""
    comma = next((place for place in top_level(text) if text[place] == ","), None)
    return None if comma is None else (text[:comma].strip(), text[comma + 1 :].strip())
