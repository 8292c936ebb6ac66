"""Splits tests that are a sequence of assertions, as HumanEvalPack writes them, each about one call of a function."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from passgap.records import CallCase
from passgap.tasks.call_tests.splitting import closing, first_argument, top_level


@dataclass(frozen=True)
class Assertions:
    """The form in which a language's tests assert."""

    before: re.Pattern[str]
    """The text before the assertions, up to the bracket that opens their block."""
    after: re.Pattern[str]
    """The text behind that block."""
    asserts: re.Pattern[str]
    """How an assertion begins, up to its open bracket."""
    declares: re.Pattern[str] | None = None
    """A declaration that assertions use."""
    calls: str = "{}"
    """How the function of a name is called."""
    called: str = "{}"
    """How it is called where each call stands alone."""
    true: str = "true"
    false: str = "false"


def _form(
    before: str, after: str, asserts: str, declares: str | None = None, *, calls: str = "{}", called: str = "{}"
) -> Assertions:
    begun, ended, opening = (re.compile(each, re.DOTALL) for each in (before, after, asserts))
    declaring = re.compile(declares, re.DOTALL) if declares else None
    return Assertions(begun, ended, opening, declaring, calls, called)


FORMS: Mapping[str, Assertions] = {
    "javascript": _form(
        r"\s*const \w+ = \(\) => \{", r"\}\s*;?\s*\w+\(\)\s*;?\s*", r"console\.assert\s*\(", r"(?:const|let|var) \w+ ="
    ),
    "cpp": _form(
        r"\s*(?:#[^\n]*\n\s*)*(?:(?:template ?<[^\n]*?> )?bool issame\([^)]*\)\s*\{.*?\n\s*\}\s*)?int main\(\)\s*\{",
        r"(?:return 0;\s*)?\}\s*",
        r"assert\s*\(",
        r"(?:(?:const )?(?:vector<[\w<> ,]+>|string|int|double|float|bool|map<[\w<> ,]+>) \w+\s*(?:=|\{|;))",
    ),
    "rust": _form(
        r"\s*#\[cfg\(test\)\]\s*mod tests\s*\{\s*use super::\*;\s*#\[test\]\s*fn \w+\(\)\s*\{",
        r"\}\s*\}\s*",
        r"assert(?:_eq)?!\s*\(",
        r"let (?:mut )?\w+(?:\s*:[^=]+)? =",
    ),
    "go": _form(
        r"\s*func Test\w+\(t \*testing\.T\)\s*\{\s*assert := assert\.New\(t\)",
        r"\}\s*",
        r"assert\.(?:Equal|True|False|Nil)\(",
        r"\w+ := (?!func)",
    ),
    "java": _form(
        r"\s*public class Main\s*\{\s*public static void main\(String\[\] args\)(?: throws \w+)?\s*\{"
        r"\s*Solution s = new Solution\(\);\s*List<Boolean> correct = Arrays\.asList\(",
        r"\)\s*;\s*if \(correct\.contains\(false\)\)\s*\{\s*throw new AssertionError\(\);\s*\}\s*\}\s*\}\s*",
        r"(?=\S)",
        calls="s.{}",
        called="new Solution().{}",
    ),
}
_EQUAL = re.compile(r"(?<![!<>=])===?(?!=)")
_ABSOLUTE = re.compile(r"(?:[Mm]ath\.|std::)?f?[aA]bs\s*\(")
_BOUND = re.compile(r"\s*<=?\s*([\d.]+(?:[eE]-?\d+)?)\s*$")
_WRAPPED = re.compile(r"(?:issame\w*|Objects\.equals|Arrays\.equals)\s*\(")
_SAME_WITHIN = re.compile(r"abs\(a\[i\]\s*-\s*b\[i\]\)\s*>\s*([\d.]+(?:e-\d+)?)")


@dataclass(frozen=True)
class SplitAssertions:
    """Tests, split."""

    called: str
    setup: str
    cases: tuple[CallCase, ...]


def split_assertions(language: str, tests: str, function: str) -> SplitAssertions | None:
    """Split tests into calls of a function and expected values; None where any part of them is of another form."""
    form = FORMS.get(language)
    begun = form.before.match(tests) if form else None
    if form is None or begun is None or (end := closing(tests, begun.end())) is None:
        return None
    if not form.after.fullmatch(tests, end):
        return None
    within = _SAME_WITHIN.search(begun[0])
    tolerance = float(within[1]) if within else 0.0
    setup, cases = "", []
    used = re.compile(rf"\b{re.escape(function)}\s*\(")
    for statement in _statements(tests[begun.end() : end], form, language):
        if statement is None or (statement.declares and used.search(statement.text)):
            return None
        if statement.declares:
            setup += f"{statement.text}\n"
            continue
        case = _Reader(form, form.calls.format(function), tolerance).case(statement.text, statement.opening)
        if case is None:
            return None
        cases.append(case)
    return SplitAssertions(form.called.format(function), setup, tuple(cases)) if cases else None


@dataclass(frozen=True)
class _Statement:
    text: str
    opening: str = ""
    declares: bool = False


def _statements(body: str, form: Assertions, language: str) -> Iterator[_Statement | None]:
    """The assertions and declarations of a block; None for anything else."""
    if language == "java":
        rest: str | None = body
        while rest and rest.strip():
            first, rest = first_argument(rest) or (rest.strip(), None)
            yield _Statement(first)
        return
    place = 0
    while True:
        place = _skipped(body, place)
        if place >= len(body):
            return
        if begun := form.asserts.match(body, place):
            end = closing(body, begun.end())
            if end is None:
                yield None
                return
            yield _Statement(body[begun.end() : end].strip(), begun[0])
            place = end + 1
        elif form.declares and form.declares.match(body, place):
            end = next((at for at in top_level(body, place) if _ends(body, at, language)), None)
            if end is None:
                yield None
                return
            yield _Statement(body[place : end + 1], declares=True)
            place = end + 1
        else:
            yield None
            return


def _ends(body: str, place: int, language: str) -> bool:
    return body[place] == ";" or (body[place] == "\n" and language in ("go", "javascript"))


def _skipped(body: str, place: int) -> int:
    """The place behind white space, semicolons and comments."""
    found = re.compile(r"(?:\s|;|//[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL).match(body, place)
    return found.end() if found else place


@dataclass(frozen=True)
class _Reader:
    """Reads assertions about one function."""

    form: Assertions
    call: str
    tolerance: float

    def case(self, text: str, opening: str) -> CallCase | None:
        """The case that an assertion is; None where it is of another form."""
        if "Equal" in opening or "_eq" in opening:
            return self._two(text)
        if opening.startswith("assert.Nil"):
            return self._equal(text, "nil")
        expected = self.form.false if opening.startswith("assert.False") else self.form.true
        return self._holds(text, expected)

    def _two(self, text: str) -> CallCase | None:
        """The case of two values that are to be equal, which a message may follow."""
        sides = first_argument(text)
        if sides is None:
            return None
        left, right = sides[0], (first_argument(sides[1]) or (sides[1],))[0].strip()
        if self.form.true == left and self._arguments(right) is None:
            return self._holds(right, left)
        return self._equal(left, right)

    def _holds(self, text: str, expected: str) -> CallCase | None:
        text = _bare(text)
        if (found := self._near(text)) is not None:
            return found
        sides = _parted(text)
        if sides is not None:
            return self._equal(*sides)
        wrapped = _WRAPPED.match(text)
        if wrapped and closing(text, wrapped.end()) == len(text) - 1:
            return self._two(text[wrapped.end() : -1])
        arguments = self._arguments(text)
        if arguments is None and text.startswith(f"{self.call}(") and text.endswith(")"):
            end = closing(text, len(self.call) + 1)
            if end is not None and text.startswith(".equals(", end + 1):
                return self._equal(text[: end + 1], text[end + len(".equals(") + 1 : -1])
        if arguments is None and text.startswith("!"):
            return self._equal(text[1:].strip(), self.form.false)
        return self._equal(text, expected)

    def _near(self, text: str) -> CallCase | None:
        begun = _ABSOLUTE.match(text)
        end = closing(text, begun.end()) if begun else None
        bound = _BOUND.match(text, end + 1) if end is not None else None
        if begun is None or end is None or bound is None:
            return None
        inner = text[begun.end() : end].strip()
        signs = (at for at in top_level(inner) if inner[at] in "+-" and inner[:at].strip())
        minus = [at for at in signs if inner[at - 1] not in "eE"]
        if len(minus) != 1 or inner[minus[0]] != "-":
            return None
        return self._equal(inner[: minus[0]].strip(), inner[minus[0] + 1 :].strip(), float(bound[1]))

    def _equal(self, left: str, right: str, tolerance: float | None = None) -> CallCase | None:
        left, right = _bare(left), _bare(right)
        if left.startswith("JSON.stringify(") and right.startswith("JSON.stringify("):
            left, right = (side.removeprefix("JSON.stringify(").removesuffix(")").strip() for side in (left, right))
        for side, other in ((left, right), (right, left)):
            arguments = self._arguments(side)
            if arguments is not None and f"{self.call}(" not in other and other:
                within = self.tolerance if tolerance is None else tolerance
                return CallCase(arguments=arguments, expected=other, abs_tol=within)
        return None

    def _arguments(self, text: str) -> str | None:
        """The arguments of a text that is a call of the function, and nothing else."""
        if not text.startswith(f"{self.call}("):
            return None
        start = len(self.call) + 1
        return text[start:-1].strip() if closing(text, start) == len(text) - 1 else None


def _bare(text: str) -> str:
    """A text without brackets around all of it."""
    text = text.strip()
    while text.startswith("(") and closing(text, 1) == len(text) - 1 and first_argument(text[1:-1]) is None:
        text = text[1:-1].strip()
    return text


def _parted(text: str) -> tuple[str, str] | None:
    """The sides of a comparison for equality, where it is all of a text."""
    outside = set(top_level(text))
    found = [each for each in _EQUAL.finditer(text) if each.start() in outside]
    if len(found) != 1 or any(text[at] in "&|?" for at in outside):
        return None
    return text[: found[0].start()].strip(), text[found[0].end() :].strip()
