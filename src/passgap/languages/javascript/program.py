"""A JavaScript program: its statements, and the names that they bind and read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise

from passgap.languages.common.lexed import Token
from passgap.languages.common.parsed_program import ParsedProgram, Statement, lines_of
from passgap.languages.javascript.functions import functions
from passgap.languages.javascript.tokens import CLOSE, OPEN, is_prose, tokens_of

_DECLARE = {"const", "let", "var", "import"}
_NAMED = {"function", "class", "interface", "enum", "type", "namespace"}
_GLOBALS = (
    "Array ArrayBuffer BigInt Boolean Buffer Date Error Function Infinity Intl JSON Map Math NaN Number Object Promise "
    "Proxy RangeError Reflect RegExp Set String Symbol SyntaxError TypeError URL Uint8Array WeakMap WeakSet __dirname "
    "arguments clearTimeout console exports global globalThis isFinite isNaN module parseFloat parseInt process "
    "queueMicrotask require setImmediate setInterval setTimeout structuredClone undefined"
)
_KNOWN = frozenset(_GLOBALS.split())
_READS_INPUT = re.compile(r"process\s*\.\s*stdin|readFileSync\(\s*(?:0\b|['\"]/dev/stdin)")


def _declared(tokens: Sequence[Token]) -> Iterator[tuple[str, bool]]:
    """The names that tokens declare, each with whether it is at the top level."""
    depth, reading, listed = 0, -1, -1
    for place, token in enumerate(tokens):
        before, after = (tokens[at].text if 0 <= at < len(tokens) else "" for at in (place - 1, place + 1))
        if token.text in _DECLARE and before != ".":
            reading = listed = depth
        elif token.text in ("=", "of", "in", "from", ";") and depth == reading:
            reading = -1
        elif token.text == "," and depth == listed:
            reading = depth
        elif (
            token.kind == "name"
            and before != "."
            and (
                (reading >= 0 and after not in (":", "as"))
                or (before in _NAMED and tokens[place - 1].kind == "word")
                or before + after == "*("
            )
        ):
            yield token.text, (reading if reading >= 0 else depth) == 0
        elif (
            token.kind == "name"
            and after == "="
            and depth == 0
            and (before != "." or tokens[place - 2].text == "exports")
        ):
            yield token.text, True
        if token.kind == "mark":
            depth += (token.text in OPEN) - (token.text in CLOSE)
        if depth < listed or (token.text == ";" and depth == listed):
            reading = listed = -1
    for function in functions(tokens):
        yield function.name, False
        yield from (
            (tokens[place].text.rstrip("?"), False) for place in function.parameters if tokens[place].kind == "name"
        )


def _statements(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The tokens of each statement at the top level; statements that share a line are one."""
    start = depth = 0
    for place, token in enumerate(tokens):
        if (
            place > start
            and depth == 0
            and token.line > tokens[place - 1].line
            and not _goes_on(tokens[place - 1], token)
        ):
            yield tokens[start:place]
            start = place
        if token.kind == "mark":
            depth += (token.text in OPEN) - (token.text in CLOSE)
    if tokens:
        yield tokens[start:]


def _goes_on(before: Token, token: Token) -> bool:
    """Whether a statement goes on over the end of a line."""
    if before.kind == "mark" and before.text not in (";", ")", "]", "}", "++", "--"):
        return True
    begins = token.kind != "mark" or token.text in ("{", "!", "++", "--")
    return not begins or token.text in ("else", "catch", "finally") or (token.text == "{" and before.text == ")")


class JavaScriptProgram(ParsedProgram):
    """A text whose tokens can be those of a program."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        """Hold both; what is asked of them is computed when it is asked for."""
        self.text = text
        self.tokens = tokens

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        lines = lines_of(self.text)
        return tuple(_statement(each, lines) for each in _statements(self.tokens))

    @property
    def acts(self) -> bool:
        return any(each.kind == "word" or each.text in ("(", "=") for each in self.tokens)

    @property
    def reads_input(self) -> bool:
        return _READS_INPUT.search(self.text) is not None

    @property
    def prints(self) -> bool:
        return any(each.text in ("console", "process") for each in self.tokens)

    def defines(self, name: str) -> bool:
        return name in self.binds or any(each.name == name for each in functions(self.tokens))

    def is_stub_of(self, name: str) -> bool:
        bodies = [each.empty for each in functions(self.tokens) if each.name == name]
        return bool(bodies) and bodies[-1]


def _statement(tokens: Sequence[Token], lines: list[str]) -> Statement:
    declared = list(_declared(tokens))
    read = {
        token.text
        for before, token in pairwise((Token("", "mark", 0), *tokens))
        if token.kind == "name" and before.text not in (".", "?")
    }
    return Statement(
        text="".join(lines[tokens[0].line : tokens[-1].line + tokens[-1].text.count("\n") + 1]),
        line=tokens[0].line,
        binds=frozenset(name for name, top in declared if top),
        reads=frozenset(read - {name for name, _ in declared} - _KNOWN),
        imports=tokens[0].text == "import" or any(each.text == "require" for each in tokens),
    )


@lru_cache(maxsize=64)
def parsed(source: str, lexer: str = "javascript") -> JavaScriptProgram | None:
    """The program that a text is by its tokens; None where it is none."""
    tokens = tokens_of(source, lexer)
    return JavaScriptProgram(source, tokens.code) if tokens.whole and not is_prose(tokens.code) else None
