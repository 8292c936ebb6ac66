"""Languages whose blocks stand between braces: read from tokens, without a syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from passgap.languages.base import Language, ParsedProgram, Statement, lines_of
from passgap.languages.common.lexed import CLOSE, Token, Tokens, depths, is_prose, partners, tokens_of

CONTROL = frozenset(
    [
        "if",
        "for",
        "while",
        "switch",
        "catch",
        "with",
        "foreach",
        "using",
        "lock",
        "match",
        "return",
        "synchronized",
        "else",
        "do",
        "try",
    ]
)
TAIL = frozenset(("->", ".", "::", "<", ">", ">>", "*", "&", "[", "]", ",", "?", "|", ":", "&&", "(", ")"))
"""Marks that may stand between a function's parameters and its body: its return type and the like."""
TAIL_LENGTH = 40
GOES_ON = frozenset(["else", "catch", "finally", "while", ";", *CLOSE])
"""What ends or goes on with a statement at the beginning of a line."""


class Function(NamedTuple):
    """A function with a body: its name, the places of its parameters, and whether its body is empty."""

    name: str
    parameters: range
    empty: bool


class BracesProgram(ParsedProgram):
    """A text whose tokens can be those of a program."""

    def __init__(self, text: str, tokens: Sequence[Token], language: BracesLanguage) -> None:
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
        read = {
            token.text
            for place, token in enumerate(tokens)
            if token.kind == "name" and (place == 0 or tokens[place - 1].text not in (".", "->", "?."))
        }
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


class BracesLanguage(Language):
    """A language that a lexer of Pygments splits into tokens, with blocks between braces."""

    lexer: str
    lexer_options: tuple[tuple[str, Any], ...] = ()
    documents: str = "/**"
    """How a documentation comment begins."""
    function_word: str = ""
    """The reserved word before a function's name; without one, a function is a name before parameters and a body."""
    types: frozenset[str] = frozenset(
        ["class", "struct", "interface", "enum", "trait", "record", "namespace", "union", "type"]
    )
    """Reserved words before the name of a type."""
    declares: frozenset[str] = frozenset()
    """Reserved words before the name of a variable."""
    imports: frozenset[str] = frozenset({"import"})
    newline_ends: bool = False
    """Whether the end of a line ends a statement that could end there."""
    known: frozenset[str] = frozenset()
    """Names that need no definition."""
    reads_input: re.Pattern[str]
    prints: re.Pattern[str]
    code_line: re.Pattern[str]
    """How a line of a program begins that is no prose."""
    opening: str = ""
    """What a file begins with before anything else, such as a tag."""

    # --- tokens -----------------------------------------------------------------------------------------------------

    def read(self, source: str) -> Tokens:
        """The tokens of a text."""
        return tokens_of(source, self.lexer, self.lexer_options, self.documents)

    def functions(self, tokens: Sequence[Token]) -> Iterator[Function]:
        """Yield the functions among tokens that have a body."""
        pairs = partners(tokens)
        for place, token in enumerate(tokens):
            if token.text != "{" or token.kind != "mark" or place not in pairs:
                continue
            opening = self._parameters_before(tokens, place, pairs)
            if opening is None or opening == 0:
                continue
            name = tokens[opening - 1]
            if name.text == ">" and (before := _before_generics(tokens, opening - 1)) is not None:
                name = tokens[before]
            if name.kind == "name" and name.text not in CONTROL:
                yield Function(name.text, range(opening, pairs[opening]), pairs[place] == place + 1)

    def _parameters_before(self, tokens: Sequence[Token], place: int, pairs: dict[int, int]) -> int | None:
        """The place of the bracket that opens the parameters of the function whose body opens at ``place``."""
        found = None
        at = place - 1
        while at >= 0 and place - at < TAIL_LENGTH:
            token = tokens[at]
            if token.text == ")" and at in pairs:
                opening = pairs[at]
                before = tokens[opening - 1] if opening else None
                if before is not None and (before.kind == "name" or before.text == ">"):
                    if not self.function_word or any(
                        each.text == self.function_word for each in tokens[max(0, opening - 12) : opening]
                    ):
                        found = opening
                    if not self.function_word:
                        return found
                at = opening - 1
                continue
            if token.text == self.function_word and token.text:
                return found
            if token.kind == "mark" and token.text not in TAIL:
                return found
            if token.kind == "word" and token.text in CONTROL:
                return None
            at -= 1
        return found

    def split(self, tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
        """Yield the tokens of each statement at the top level; statements that share a line are one."""
        start = 0
        for place, depth in enumerate(depths(tokens)):
            if place <= start or depth:
                continue
            before, token = tokens[place - 1], tokens[place]
            ended = before.text in (";", "}") or before.kind == "directive" or token.kind == "directive"
            if self.newline_ends and not ended:
                ended = before.kind != "mark" or before.text in (")", "]")
                ended = ended and (token.kind != "mark" or token.text in ("{", "[", "@", "#"))
            if token.line > before.line and ended and token.text not in GOES_ON:
                yield tokens[start:place]
                start = place
        if start < len(tokens):
            yield tokens[start:]

    def bound(self, tokens: Sequence[Token]) -> Iterator[str]:
        """Yield the names that the tokens of a statement bind at the top level."""
        at_top = [token for token, depth in zip(tokens, depths(tokens), strict=True) if depth == 0]
        for before, token in pairwise(at_top):
            if token.kind == "name" and (before.text in self.types or before.text in self.declares):
                yield token.text
            elif token.text in ("=", ":=", ";") and before.kind == "name":
                yield before.text
        for place, (token, depth) in enumerate(zip(tokens, depths(tokens), strict=True)):
            if depth == 0 and token.text == "(" and place and tokens[place - 1].kind == "name":
                yield tokens[place - 1].text
        yield from (each.name for each in self.functions(tokens))

    # --- the interface ----------------------------------------------------------------------------------------------

    def parse(self, source: str) -> BracesProgram | None:
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
        return self.read(program).documented

    def normal_form(self, program: str) -> str:
        return " ".join(each.text for each in self.read(program).code) or " ".join(program.split())

    def tokens(self, text: str) -> list[str]:
        return [each.text for each in self.read(text).code]

    def comment(self, text: str) -> str:
        return self.opening + "/*\n{}\n*/\n".format(text.replace("*/", "* /"))

    def begins_function(self, prompt: str, name: str | None) -> bool:
        closed = self._closed(prompt)
        functions = closed.functions if closed and self.parse(prompt) is None else ()
        return bool(functions) and name in (None, *(each.name for each in functions[-1:]))

    def parse_head(self, head: str) -> BracesProgram | None:
        return self.parse(head) or self._closed(head)

    def as_body(self, text: str, head: str) -> str | None:
        """The program that a text is below a function's head; braces that are left open are closed."""
        if not text.strip():
            return None
        for missing in range(3):
            whole = super().as_body(f"{text.rstrip()}\n" + "}\n" * missing if missing else text, head)
            if whole is not None:
                return whole
        return None

    def looks_like_code(self, text: str, *, calls: bool = False) -> bool:
        return self.code_line.search(text) is not None or (calls and self.prints.search(text) is not None)

    def seems_to_define(self, text: str, name: str) -> bool:
        return re.search(rf"\b{re.escape(name)}\s*(?:<[^()]*>)?\(", text) is not None

    def _closed(self, head: str) -> BracesProgram | None:
        """The program that a head is once the braces that it leaves open are closed."""
        for missing in range(1, 4):
            found = self.parse(f"{head.rstrip()}\n" + "}\n" * missing)
            if found is not None:
                return found
        return None


@lru_cache(maxsize=128)
def _parsed(language: BracesLanguage, source: str) -> BracesProgram | None:
    tokens = language.read(source)
    return BracesProgram(source, tokens.code, language) if tokens.whole and not is_prose(tokens.code) else None


def _before_generics(tokens: Sequence[Token], place: int) -> int | None:
    """The place before the type parameters that end at ``place``."""
    depth = 0
    for at in range(place, max(-1, place - TAIL_LENGTH), -1):
        depth += (tokens[at].text == ">") - (tokens[at].text == "<")
        if depth == 0:
            return at - 1 if at else None
    return None
