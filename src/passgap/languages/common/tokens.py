"""Languages that are read from tokens, without a syntax tree: what is the same however their blocks are marked."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from passgap.languages.base import Language
from passgap.languages.common.lexed import Token, Tokens, is_prose, tokens_of
from passgap.languages.common.parsed_program import ParsedProgram, Statement, lines_of
from passgap.languages.common.program_syntax import FunctionSyntax


class Function(NamedTuple):
    """A function with a body: its name, the places of its parameters, and whether its body is empty."""

    name: str
    parameters: range
    empty: bool


class TokensProgram(ParsedProgram):
    """A text whose tokens can be those of a program."""

    def __init__(self, text: str, tokens: Sequence[Token], language: TokensLanguage) -> None:
        """Hold all three; what is asked of them is computed when it is asked for."""
        self.text = text
        self.tokens = tokens
        self.language = language

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The functions and methods that have a body."""
        return tuple(self.language.functions(self.tokens))

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        lines = lines_of(self.text)
        return tuple(self._statement(each, lines) for each in self.language.split(self.tokens))

    def _statement(self, tokens: Sequence[Token], lines: list[str]) -> Statement:
        binds = frozenset(self.language.bound(tokens))
        functions = list(self.language.functions(tokens))
        inner = {tokens[place].text for each in functions for place in each.parameters if tokens[place].kind == "name"}
        read = self.language.names_in(tokens)
        first, last = tokens[0], tokens[-1]
        return Statement(
            text="".join(lines[first.line : last.line + last.text.count("\n") + 1]),
            line=first.line,
            binds=binds,
            reads=frozenset(read - binds - inner - {each.name for each in functions} - self.language.known),
            imports=first.text in self.language.imports or first.kind == "directive",
        )

    @property
    def acts(self) -> bool:
        return any(each.kind == "word" or each.text in ("(", "=") for each in self.tokens)

    @property
    def reads_input(self) -> bool:
        return self.language.reads_input.search(self.text) is not None

    @property
    def prints(self) -> bool:
        return self.language.prints.search(self.text) is not None

    def defines(self, name: str) -> bool:
        return name in self.binds or any(each.name == name for each in self.functions)

    def is_stub_of(self, name: str) -> bool:
        bodies = [each.empty for each in self.functions if each.name == name]
        return bool(bodies) and bodies[-1]


class TokensLanguage(Language):
    """A language that a lexer of Pygments splits into tokens."""

    lexer: str
    lexer_options: tuple[tuple[str, Any], ...] = ()
    documents: tuple[str, ...] = ("/**",)
    """How a documentation comment begins."""
    documented_by: re.Pattern[str] | None = None
    """A comment and what it documents, in a language where documentation begins like any other comment."""
    closing: str = "}\n"
    """The token that ends a block."""
    imports: frozenset[str] = frozenset({"import"})
    known: frozenset[str] = frozenset()
    """Names that need no definition."""
    reads_input: re.Pattern[str]
    prints: re.Pattern[str]
    code_line: re.Pattern[str]
    """How a line of a program begins that is no prose."""
    ends: re.Pattern[str] | None = None
    """The end of the code before that of the file, in a language whose strings go over lines: one that nothing closes
    takes all that stands behind it."""
    opening: str = ""
    """The text that a file begins with before anything else, such as a tag."""

    # --- tokens -----------------------------------------------------------------------------------------------------

    def read(self, source: str) -> Tokens:
        """The tokens of a text."""
        return tokens_of(source, self.lexer, self.lexer_options, self.documents)

    @abstractmethod
    def is_whole(self, tokens: Sequence[Token]) -> bool:
        """Whether every block that opens among tokens is closed."""

    def is_prose(self, tokens: Sequence[Token]) -> bool:
        """Whether tokens are rather those of sentences than of a program."""
        return is_prose(tokens)

    def names_in(self, tokens: Sequence[Token]) -> set[str]:
        """The names among tokens, those of members aside."""
        return {
            token.text
            for place, token in enumerate(tokens)
            if token.kind == "name" and (place == 0 or tokens[place - 1].text not in (".", "->", "?."))
        }

    @abstractmethod
    def functions(self, tokens: Sequence[Token]) -> Iterable[Function]:
        """The functions among tokens that have a body."""

    @abstractmethod
    def split(self, tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
        """Yield the tokens of each statement at the top level; statements that share a line are one."""

    @abstractmethod
    def bound(self, tokens: Sequence[Token]) -> Iterator[str]:
        """Yield the names that the tokens of a statement bind at the top level."""

    # --- the interface ----------------------------------------------------------------------------------------------

    def parse(self, source: str) -> TokensProgram | None:
        return _parsed(self, source)

    def is_stub(self, program: str) -> bool:
        if len([line for line in program.splitlines() if line.strip()]) <= 1:
            return True
        parsed = self.parse(program)
        bodies = [each.empty for each in parsed.functions] if parsed else []
        return bool(bodies) and all(bodies)

    def comments(self, program: str) -> tuple[str, ...]:
        return self.read(program).comments

    def documented(self, program: str) -> bool:
        if self.documented_by is not None:
            return self.documented_by.search(program) is not None
        return self.read(program).documented

    def normal_form(self, program: str) -> str:
        return " ".join(each.text for each in self.read(program).code) or " ".join(program.split())

    def tokens(self, text: str) -> list[str]:
        return [each.text for each in self.read(text).code]

    def identifiers(self, program: str) -> tuple[str, ...]:
        return tuple(each.text for each in self.read(program).code if each.kind == "name")

    def functions_by_rules(self, program: str) -> tuple[FunctionSyntax, ...]:
        parsed, documented = self.parse(program), self.documented(program)
        if parsed is None:
            return ()
        return tuple(
            FunctionSyntax(
                each.name,
                head="",
                empty=each.empty,
                documented=documented,
                lines=range(0),
                typed=self.states_types(parsed.tokens, each),
            )
            for each in parsed.functions
        )

    def states_types(self, tokens: Sequence[Token], function: Function) -> bool:
        """Whether a function among tokens states a type, in a language where it may be left out."""
        del tokens, function
        return False

    def comment(self, text: str) -> str:
        return self.opening + "/*\n{}\n*/\n".format(text.replace("*/", "* /"))

    def begins_function(self, prompt: str, name: str | None) -> bool:
        closed = self._closed(prompt)
        functions = closed.functions if closed and self.parse(prompt) is None else ()
        return bool(functions) and name in (None, *(each.name for each in functions[-1:]))

    def parse_head(self, head: str) -> TokensProgram | None:
        return self.parse(head) or self._closed(head)

    def as_body(self, text: str, head: str) -> str | None:
        """The program that a text is below a function's head; blocks that are left open are closed."""
        if not text.strip():
            return None
        for missing in range(3):
            whole = super().as_body(f"{text.rstrip()}\n" + self.closing * missing if missing else text, head)
            if whole is not None:
                return whole
        return None

    def looks_like_code(self, text: str, *, calls: bool = False) -> bool:
        return self.code_line.search(text) is not None or (calls and self.prints.search(text) is not None)

    def seems_to_define(self, text: str, name: str) -> bool:
        return re.search(rf"\b{re.escape(name)}\s*(?:<[^()]*>)?\(", text) is not None

    def _closed(self, head: str) -> TokensProgram | None:
        """The program that a head is once the blocks that it leaves open are closed."""
        for missing in range(1, 4):
            found = self.parse(f"{head.rstrip()}\n" + self.closing * missing)
            if found is not None:
                return found
        return None


@lru_cache(maxsize=128)
def _parsed(language: TokensLanguage, source: str) -> TokensProgram | None:
    tokens = language.read(source)
    if not tokens.whole or not language.is_whole(tokens.code) or language.is_prose(tokens.code):
        return None
    if language.ends is not None and not language.ends.search(source) and not _closes_literals(language, source):
        return None
    return TokensProgram(source, tokens.code, language)


_BEHIND = "behind_all"


def _closes_literals(language: TokensLanguage, source: str) -> bool:
    """Whether a name that is put behind a program is one, and no part of a string, a pattern or a comment."""
    return any(each.text == _BEHIND for each in language.read(f"{source}\n{_BEHIND}").code[-1:])
