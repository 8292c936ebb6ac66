"""The table of languages, and what a language has that states no more than it must."""

from __future__ import annotations

import pytest

from passgap.languages import LANGUAGES, Language, ParsedProgram, language_called


@pytest.mark.parametrize("name", ["python", "Python 3", " PY "])
def test_a_language_is_found_by_its_aliases_in_any_case(name: str) -> None:
    assert language_called(name) is LANGUAGES["python"]
    assert language_called("cobol") is None


class Lisp(Language):
    """The least that a language states."""

    name, title, labels = "lisp", "Lisp", ("lisp",)

    def parse(self, source: str) -> ParsedProgram | None:
        return None

    def is_stub(self, program: str) -> bool:
        return not program

    def comments(self, program: str) -> tuple[str, ...]:
        return tuple(line for line in program.splitlines() if line.startswith(";"))

    def documented(self, program: str) -> bool:
        return False

    def comment(self, text: str) -> str:
        return f"; {text}\n"


def test_a_language_without_a_toolchain_is_read_and_not_run() -> None:
    lisp = Lisp()
    assert not lisp.runs
    assert lisp.is_label("LISP") and not lisp.is_label("python")
    assert lisp.tokens("(f x2 1.5)") == ["(", "f", "x2", "1.5", ")"]
    assert lisp.normal_form("(f\n  x)") == "(f x)"
    assert lisp.size("(f x)") is None
    assert lisp.as_body("x)", "(f ") is None
    assert lisp.seems_to_define("(defun f ())", "f") and not lisp.seems_to_define("(defun ff ())", "f")
    assert lisp.tests("(assert (f))").style == "asserts"
