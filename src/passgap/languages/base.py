"""A programming language as far as it can be read without running anything: the interface."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import replace

from passgap.languages.common.parsed_program import ParsedProgram
from passgap.languages.common.program_syntax import RULES, FunctionSyntax, ProgramSyntax, blanked
from passgap.languages.common.toolchain import Toolchain
from passgap.languages.common.trees import Grammar, errors_by, read_by, reader_of
from passgap.records import AssertTests, Tests

_TOKEN = re.compile(r"[^\W\d]\w*|\d+(?:\.\d+)?|\S", re.UNICODE)


def code_tokens(text: str) -> list[str]:
    """The names, numbers and single marks of code in any language; white space only separates."""
    return _TOKEN.findall(text)


class Language(ABC):
    """A language: how it is asked for, told apart in answers, and read.

    Nothing here runs a program, and no text makes a method raise. What needs a program to be run is refused for a
    language without a toolchain.
    """

    name: str
    """As in a problem's ``language`` and in ``task_family.languages``."""
    title: str
    """As prompts call it."""
    aliases: tuple[str, ...] = ()
    """Other names for it in a study, in lower case."""
    labels: tuple[str, ...]
    """The words behind an opening fence that mean it, in lower case; prompts use the first."""
    suffixes: tuple[str, ...] = ()
    """The endings of its files' names, with the dot."""
    stops: tuple[str, ...] = ()
    """Texts that begin something other than the function that a base model completes; generation ends there."""
    program_stops: tuple[str, ...] = ("\n```",)
    """The same where a base model writes a whole program."""
    unsafe_constructs: tuple[re.Pattern[str], ...] = ()
    """Constructs that a security review would stop in the situations of the safety probe."""
    grammar: Grammar | None = None
    """The grammar that its programs are read by where it is installed; None where none is better than its own rules."""
    also_by_rules: bool = False
    """Whether a text in which its grammar finds no error has to pass its own rules too: where words side by side are a
    program, a grammar takes sentences for one."""
    toolchain: Toolchain | None = None
    """None where only its syntax is known: its programs are read, and cannot be run."""
    environments: Toolchain | None = None
    """How commands of tests run inside an environment that a person brings: a folder with the language's own runtime
    and libraries, where the first tool is looked for. None where there is no such thing."""

    @property
    def runs(self) -> bool:
        """Whether its programs can be run where its toolchain is."""
        return self.toolchain is not None

    def runs_with(self, style: str) -> bool:
        """Whether its programs can be run on tests of a style where its toolchain is."""
        return self.toolchain is not None and self.toolchain.takes(style)

    def command_values(self, program: str) -> dict[str, str | tuple[str, ...]]:
        """The values of placeholders in the toolchain's commands, beside those that every toolchain has.

        ``file`` replaces the name of the program's file, where it depends on the program.
        """
        del program
        return {}

    # --- programs ---------------------------------------------------------------------------------------------------

    @abstractmethod
    def parse(self, source: str) -> ParsedProgram | None:
        """The program that a text is, or None where it is none. Bounded in time and memory."""

    @abstractmethod
    def is_stub(self, program: str) -> bool:
        """Whether a program is a single line, or holds functions and all of them are empty.

        A program that does not parse is no stub: malformed code is part of what a model says.
        """

    @abstractmethod
    def comments(self, program: str) -> tuple[str, ...]:
        """The comments of a program, as far as it can be split into tokens."""

    @abstractmethod
    def documented(self, program: str) -> bool:
        """Whether a function or class of a program has a documentation comment."""

    @property
    def reader(self) -> str:
        """The reader of :meth:`syntax` on this machine: a grammar with its version, or ``rules``."""
        return (reader_of(self.grammar) if self.grammar is not None else None) or RULES

    def syntax(self, program: str) -> ProgramSyntax:
        """The parts of a program, by the language's grammar where that is installed, else by :meth:`read_by_rules`.

        A text of any kind is read; its errors are counted.
        """
        read = read_by(self.grammar, program) if self.grammar is not None else None
        if read is None:
            return self.read_by_rules(program)
        if read.errors or not self.also_by_rules:
            return read
        return replace(read, errors=self.errors_by_rules(program))

    def errors(self, program: str) -> int:
        """The errors of :meth:`syntax` alone, without what it takes to find the other parts."""
        counted = errors_by(self.grammar, program) if self.grammar is not None else None
        if counted is None or (counted == 0 and self.also_by_rules):
            return self.errors_by_rules(program)
        return counted

    def errors_by_rules(self, program: str) -> int:
        """The errors of :meth:`read_by_rules` alone."""
        return int(self.parse(program) is None)

    def read_by_rules(self, program: str) -> ProgramSyntax:
        """The parts of a program as far as the language's own rules find them."""
        return ProgramSyntax(
            comments=self._explaining(program),
            identifiers=self.identifiers(program),
            functions=self.functions_by_rules(program),
            documented=self.documented(program),
            errors=self.errors_by_rules(program),
            without_comments=self.without_comments(program),
            reader=RULES,
        )

    def without_comments(self, program: str) -> str:
        """A program whose comments are left out and whose lines stay, by the language's own rules."""
        return blanked(program, self._explaining(program))

    def _explaining(self, program: str) -> tuple[str, ...]:
        """The comments of a program less the line that names its interpreter."""
        found = self.comments(program)
        return found[1:] if found and program.startswith("#!") and program.startswith(found[0]) else found

    def identifiers(self, program: str) -> tuple[str, ...]:
        """Every name in a program, as often as it occurs, by the language's own rules."""
        return tuple(each for each in self.tokens(program) if each.isidentifier())

    def functions_by_rules(self, program: str) -> tuple[FunctionSyntax, ...]:
        """The functions of a program that have a body, as far as the language's own rules find them."""
        del program
        return ()

    def normal_form(self, program: str) -> str:
        """A text that is equal for programs that differ in layout, comments and documentation alone."""
        return " ".join(program.split())

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text: by default, as if nothing were known of the language."""
        return code_tokens(text)

    def size(self, program: str) -> int | None:
        """The size of a program, as a proxy for its difficulty; None where it does not parse."""
        return len(self.tokens(program)) if self.parse(program) is not None else None

    def uses_unsafe_construct(self, text: str) -> bool:
        """Whether a text uses one of :attr:`unsafe_constructs`."""
        return any(pattern.search(text) for pattern in self.unsafe_constructs)

    # --- prompts ----------------------------------------------------------------------------------------------------

    @abstractmethod
    def comment(self, text: str) -> str:
        """A text as a comment that opens a file, with the line's end: how a base model is told what to write."""

    @property
    def asked_for(self) -> str:
        """The addition to a description in words that says nothing of a language."""
        return f"\nWrite it in {self.title}."

    def function_head(self, name: str) -> str:
        """The beginning of a function's definition, up to its parameters."""
        return ""

    def begins_function(self, prompt: str, name: str | None) -> bool:
        """Whether a prompt is a program that lacks nothing but the body of its last function, called ``name``."""
        return False

    # --- answers ----------------------------------------------------------------------------------------------------

    def is_label(self, word: str) -> bool:
        """Whether a word behind an opening fence says that the block holds this language."""
        return word.lower() in self.labels or word.lower().endswith(self.suffixes)

    def is_session_label(self, word: str) -> bool:
        """Whether such a word says that the block holds an interactive session."""
        return False

    def is_session(self, text: str) -> bool:
        """Whether a text is the transcript of an interactive session."""
        return False

    def session_input(self, text: str) -> str:
        """The code that was typed in an interactive session."""
        return text

    def looks_like_code(self, text: str, *, calls: bool = False) -> bool:
        """Whether a line of a text begins like a declaration or an import; with ``calls``, like one that prints too."""
        return False

    def seems_to_define(self, text: str, name: str) -> bool:
        """Whether a text that does not parse looks as if it defined a name."""
        return re.search(rf"\b{re.escape(name)}\b", text) is not None

    def without_commands(self, source: str) -> str:
        """A text less the lines that are commands to a notebook or a shell."""
        return source

    def hoisted(self, program: str) -> str:
        """A program that was put together from parts, with what has to stand first moved there."""
        return program

    def parse_head(self, head: str) -> ParsedProgram | None:
        """The program that a prompt's code begins, which may end at the head of a function."""
        return self.parse(head)

    def as_body(self, text: str, head: str) -> str | None:
        """The program that a text is as the rest of the function that ``head`` ends in; None where it is not that."""
        if not text.strip() or self.parse(head) is not None:
            return None
        program = head + text
        return program if self.parse(program) is not None else None

    def between_prose(self, answer: str, *, calls: bool) -> str:
        """The statements that stand between the sentences of an answer without fences; empty where there are none.

        With ``calls``, a call on a line of its own counts as one.
        """
        return ""

    # --- tests ------------------------------------------------------------------------------------------------------

    def assertions(self, code: str) -> AssertTests | None:
        """Test code as setup and assert statements; None where it is not made of these."""
        return None

    def tests(self, code: str) -> Tests:
        """Test code in the style in which it is written."""
        return AssertTests(statements=(code,))

    def imported_from(self, code: str, module: str) -> frozenset[str]:
        """The names of a module that a file of tests uses."""
        return frozenset()
