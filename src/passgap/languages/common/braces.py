"""Languages whose blocks stand between braces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from passgap.languages.common.lexed import CLOSE, Token, closes_all, depths, partners
from passgap.languages.common.tokens import Function, TokensLanguage

_CONTROL = "if for while switch catch with foreach using lock match return synchronized else do try"
CONTROL = frozenset(_CONTROL.split())
TAIL = frozenset(("->", "-", ".", "::", "<", ">", ">>", "*", "&", "[", "]", ",", "?", "|", ":", "&&", "(", ")", "'"))
"""Marks that may stand between a function's parameters and its body: its return type and the like."""
TAIL_LENGTH = 40
_GENERICS = {">": "<", "]": "["}
"""Marks that end type parameters, and those that begin them."""
GOES_ON = frozenset(["else", "catch", "finally", "while", ";", *CLOSE])
"""Tokens that end or continue a statement at the beginning of a line."""


class BracesLanguage(TokensLanguage):
    """A language with blocks between braces."""

    program_stops = ("\n```", "\n/*\n")
    function_word: str = ""
    """The reserved word before a function's name; without one, a function is a name before parameters and a body."""
    types: frozenset[str] = frozenset(
        ["class", "struct", "interface", "enum", "trait", "record", "namespace", "union", "type"]
    )
    """Reserved words before the name of a type."""
    declares: frozenset[str] = frozenset()
    """Reserved words before the name of a variable."""
    newline_ends: bool = False
    """Whether the end of a line ends a statement that could end there."""

    def is_whole(self, tokens: Sequence[Token]) -> bool:
        return closes_all(tokens)

    def functions(self, tokens: Sequence[Token]) -> Iterator[Function]:
        """Yield the functions among tokens that have a body."""
        pairs = partners(tokens)
        for place, token in enumerate(tokens):
            if token.text != "{" or token.kind != "mark" or place not in pairs:
                continue
            opening = self._parameters_before(tokens, place, pairs)
            if opening is None or opening == 0:
                continue
            named = opening - 1
            if tokens[named].text in _GENERICS and (before := _before_generics(tokens, named)) is not None:
                named = before
            name = tokens[named]
            if name.kind == "name" and name.text not in CONTROL and not self._is_type(tokens, named):
                destroys = "~" if named and tokens[named - 1].text == "~" else ""
                yield Function(destroys + name.text, range(opening, pairs[opening]), pairs[place] == place + 1)

    def _parameters_before(self, tokens: Sequence[Token], place: int, pairs: dict[int, int]) -> int | None:
        """The place of the bracket that opens the parameters of the function whose body opens at ``place``."""
        found = None
        at = place - 1
        while at >= 0 and place - at < TAIL_LENGTH:
            token = tokens[at]
            if token.text == ")" and at in pairs:
                opening = pairs[at]
                before = tokens[opening - 1] if opening else None
                if before is not None and (before.kind == "name" or before.text in _GENERICS):
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
            if token.kind == "word" and (token.text in CONTROL or self._begins_type(tokens, at)):
                return None
            at -= 1
        return found

    def _begins_type(self, tokens: Sequence[Token], place: int) -> bool:
        """Whether the word at ``place`` begins the definition of a type, whose name follows."""
        return tokens[place].text in self.types and place + 1 < len(tokens) and tokens[place + 1].kind == "name"

    def _is_type(self, tokens: Sequence[Token], place: int) -> bool:
        """Whether the name at ``place`` is that of a type which is defined there, or of which an object is made."""
        while place > 1 and tokens[place - 1].text in (".", "::") and tokens[place - 2].kind == "name":
            place -= 2
        before = tokens[place - 1] if place else None
        return before is not None and before.kind == "word" and (before.text == "new" or before.text in self.types)

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


def _before_generics(tokens: Sequence[Token], place: int) -> int | None:
    """The place before the type parameters that end at ``place``."""
    depth, closing = 0, tokens[place].text
    for at in range(place, max(-1, place - TAIL_LENGTH), -1):
        depth += (tokens[at].text == closing) - (tokens[at].text == _GENERICS[closing])
        if depth == 0:
            return at - 1 if at else None
    return None
