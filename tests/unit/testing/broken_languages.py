"""Languages with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

from typing import Any

from passgap.languages import LANGUAGES, Language
from passgap.testing import LanguageContract

PYTHON: Any = type(LANGUAGES["python"])
PROGRAM = "def add(a, b):\n    return a + b\n"


class _Broken(LanguageContract):
    """Makes a language of the class ``faulty``."""

    faulty: Any

    def make(self) -> Language:
        return self.faulty()

    def programs(self, language: Language) -> tuple[str, ...]:
        return (PROGRAM,)


class _Shouts(PYTHON):
    name = "PYTHON"


class BrokenShouts(_Broken):
    fails = "test_it_describes_itself"
    faulty = _Shouts


class _TakesAnothersLabel(PYTHON):
    name = "snake"
    labels = ("python",)


class BrokenTakesAnothersLabel(_Broken):
    fails = "test_its_labels_mean_it_and_no_other_language"
    faulty = _TakesAnothersLabel


class _TakesAnothersName(PYTHON):
    name = "snake"
    aliases = ("python",)


class BrokenTakesAnothersName(_Broken):
    fails = "test_its_name_and_aliases_mean_no_other_language"
    faulty = _TakesAnothersName


class _NamesNoFile(PYTHON):
    suffixes = (".snake",)


class BrokenNamesAFileOfAnother(_Broken):
    fails = "test_its_toolchain_names_a_file_of_the_language"
    faulty = _NamesNoFile


class _Raises(PYTHON):
    def is_stub(self, program: str) -> bool:
        compile(program, "program", "exec")
        return False


class BrokenRaises(_Broken):
    fails = "test_no_text_makes_it_raise"
    faulty = _Raises


class _Counts(PYTHON):
    calls = 0

    def normal_form(self, program: str) -> str:
        self.calls += 1
        return str(self.calls)


class BrokenReadsDifferentlyEachTime(_Broken):
    fails = "test_the_same_text_is_read_the_same_way_twice"
    faulty = _Counts


class _CommentsOneLine(PYTHON):
    def comment(self, text: str) -> str:
        return f"# {text}\n"


class BrokenCommentsOneLine(_Broken):
    fails = "test_a_comment_is_part_of_a_program"
    faulty = _CommentsOneLine


class _ParsesNothing(PYTHON):
    def parse(self, source: str) -> None:
        return None


class BrokenParsesNothing(_Broken):
    fails = "test_its_programs_are_read"
    faulty = _ParsesNothing


class _ParsesEverything(PYTHON):
    def parse(self, source: str) -> Any:
        return super().parse(source) or super().parse("add = 1\n")


class BrokenIsNotFoundInAnswers(_Broken):
    fails = "test_its_programs_are_found_in_an_answer"
    faulty = _ParsesEverything


class BrokenTakesProseForAProgram(_Broken):
    fails = "test_prose_is_not_a_program"
    faulty = _ParsesEverything
