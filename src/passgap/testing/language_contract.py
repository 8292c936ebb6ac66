"""The contract of a programming language (:class:`passgap.languages.Language`)."""

from __future__ import annotations

import pytest

from passgap.languages import LANGUAGES, Language, ParsedProgram
from passgap.records import Prompt
from passgap.tasks.answers.extraction import read_answer
from passgap.tasks.answers.reading import Reading

ODD_TEXTS = {
    "nothing": "",
    "white space": " \t\r\n\x0c",
    "a null byte": "x = 1\x00",
    "a lone surrogate": "x = '\ud800'",
    "a separator": "a\u2028b\u2029c",
    "carriage returns": "a\r\nb\rc",
    "an open quote": "'",
    "an open string": '"""x',
    "an open bracket": "{[(" * 10,
    "deep nesting": "(" * 20_000,
    "deep blocks": "{" * 20_000 + "}" * 20_000,
    "one long word": "x" * 200_000,
    "many lines": "a = 1\n" * 2_000,
    "a fence": "```",
    "prose": "Sure! Here is the function that you asked for: it adds two numbers.",
    "a mark of order": "\ufeffx = 1",
    "another alphabet": "\u0444\u0443\u043d\u043a\u0446\u0438\u044f(\u0445) := \u0445\u00b2",
}


class LanguageContract:
    """Holds a language to its contract. Subclass it in a test module and implement both methods::

        class TestMyLanguage(LanguageContract):
            def make(self):
                return LANGUAGE

            def programs(self, language):
                return ("function add(a, b)\\n  return a + b\\nend\\n",)

    Nothing is run.
    """

    def make(self) -> Language:
        """The language under test."""
        raise NotImplementedError("implement `make`, or override the fixture `language`")

    def programs(self, language: Language) -> tuple[str, ...]:
        """Programs in the language, of two lines or more and not stubs. Without any, less is tested."""
        del language
        return ()

    @pytest.fixture
    def language(self) -> Language:
        """The language under test."""
        return self.make()

    def test_it_describes_itself(self, language: Language) -> None:
        assert language.name
        assert language.name == language.name.lower().strip()
        assert language.title
        assert language.labels
        assert all(label == label.lower().strip() for label in (*language.labels, *language.aliases))
        assert all(suffix.startswith(".") for suffix in language.suffixes)

    def test_its_labels_mean_it_and_no_other_language(self, language: Language) -> None:
        assert not language.is_label("")
        for label in language.labels:
            assert language.is_label(label)
            assert language.is_label(label.upper())
            also = [other.name for other in LANGUAGES.values() if other.name != language.name and other.is_label(label)]
            assert also == []

    def test_its_name_and_aliases_mean_no_other_language(self, language: Language) -> None:
        others = [other for other in LANGUAGES.values() if other.name != language.name]
        taken = {name for other in others for name in (other.name, *other.aliases)}
        assert {language.name, *language.aliases} & taken == set()

    def test_its_toolchain_names_a_file_of_the_language(self, language: Language) -> None:
        if language.toolchain is None:
            assert not language.runs
        else:
            assert language.toolchain.module
            assert not language.suffixes or language.toolchain.file.endswith(language.suffixes)

    @pytest.mark.parametrize("odd", ODD_TEXTS)
    def test_no_text_makes_it_raise(self, language: Language, odd: str) -> None:
        text = ODD_TEXTS[odd]
        program = language.parse(text)
        assert program is None or isinstance(program, ParsedProgram)
        _read(program)
        _read(language.parse_head(text))
        for claim in (
            language.is_stub(text),
            language.documented(text),
            language.uses_unsafe_construct(text),
            language.begins_function(text, None),
            language.begins_function(text, "f"),
            language.is_label(text),
            language.is_session_label(text),
            language.is_session(text),
            language.looks_like_code(text),
            language.looks_like_code(text, calls=True),
            language.seems_to_define(text, "f"),
        ):
            assert isinstance(claim, bool)
        for changed in (
            language.normal_form(text),
            language.comment(text),
            language.function_head("f"),
            language.session_input(text),
            language.without_commands(text),
            language.hoisted(text),
            language.between_prose(text, calls=False),
            language.between_prose(text, calls=True),
        ):
            assert isinstance(changed, str)
        for body in (language.as_body(text, "f"), language.as_body("x", text)):
            assert body is None or isinstance(body, str)
        assert all(isinstance(token, str) for token in (*language.tokens(text), *language.comments(text)))
        assert (language.size(text) is None) == (program is None)
        assert language.tests(text).style
        assert language.assertions(text) is None or language.assertions(text) is not None
        assert isinstance(language.imported_from(text, "solution"), frozenset)

    def test_the_same_text_is_read_the_same_way_twice(self, language: Language) -> None:
        for text in (*self.programs(language), language.comment("Add two numbers."), *ODD_TEXTS.values()):
            assert language.normal_form(text) == language.normal_form(text)
            assert language.tokens(text) == language.tokens(text)
            assert language.size(text) == language.size(text)

    @pytest.mark.parametrize("text", ["Add two numbers.", "Add two numbers.\nReturn their sum."])
    def test_a_comment_is_part_of_a_program(self, language: Language, text: str) -> None:
        comment = language.comment(text)
        assert comment.endswith("\n")
        assert all(line in comment for line in text.splitlines())
        assert language.parse(comment) is not None

    def test_its_programs_are_read(self, language: Language) -> None:
        for source in self.programs(language):
            program = language.parse(source)
            assert program is not None
            assert program.acts
            assert not language.is_stub(source)
            assert all(statement.text.strip() in source for statement in program.statements)
            assert [each.line for each in program.statements] == sorted(each.line for each in program.statements)
            assert (language.size(source) or 0) > 0
            assert language.normal_form(source) == language.normal_form(source.rstrip("\n") + "\n\n\n")

    def test_prose_is_not_a_program(self, language: Language) -> None:
        assert language.parse(ODD_TEXTS["prose"]) is None

    def test_its_programs_are_found_in_an_answer(self, language: Language) -> None:
        for source in self.programs(language):
            answer = f"Here it is:\n\n```{language.labels[0]}\n{source.rstrip()}\n```\n\nIt does what you asked for.\n"
            found = read_answer(answer, Prompt(user="Write it."), Reading(language=language, may_be_cut=False))
            assert found.program.strip() == source.strip()


def _read(program: ParsedProgram | None) -> None:
    """Ask a parsed program everything that it can be asked."""
    if program is None:
        return
    assert all(isinstance(statement.text, str) for statement in program.statements)
    assert isinstance(program.binds | program.reads, frozenset)
    for claim in (program.acts, program.reads_input, program.prints, program.defines("f"), program.is_stub_of("f")):
        assert isinstance(claim, bool)
