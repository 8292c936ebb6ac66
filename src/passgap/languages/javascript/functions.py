"""The functions among the tokens of a JavaScript program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from passgap.languages.common.lexed import Token
from passgap.languages.javascript.tokens import CLOSE, OPEN

_IN_TYPES = {"<", ">", ">>", "|", "&", ".", ",", "[", "]", "?"}
LONGEST_TYPE = 40
"""Tokens. No return type is longer."""
_CONTROL = {"if", "for", "while", "switch", "catch", "with"}


class Function(NamedTuple):
    """A function or method: its name, the places of its parameters, and whether its body is empty."""

    name: str
    parameters: range
    empty: bool


def functions(tokens: Sequence[Token]) -> Iterator[Function]:
    """Yield the functions and methods among tokens that have a body, arrow functions among them."""
    opened: list[int] = []
    opening: dict[int, int] = {}
    for place, token in enumerate(tokens):
        if token.kind == "mark" and token.text in OPEN:
            opened.append(place)
        elif token.kind == "mark" and token.text in CLOSE and opened:
            opening[place] = opened.pop()
    for place, token in enumerate(tokens):
        arrow = token.text == "=>"
        if not arrow and (token.text != "{" or place == 0 or _begins_type(tokens, place)):
            continue
        last = _end_of_parameters(tokens, place - 1, opening)
        if not arrow and tokens[last].text != ")":
            continue
        first = opening.get(last, last)
        named = first - 1
        while named >= 0 and tokens[named].text in ("function", "*", "async", "=", ":"):
            named -= 1
        if named >= 0 and tokens[named].text == ">":
            named = _before_generics(tokens, named)
            while named >= 0 and tokens[named].text in ("function", "*", "async", "=", ":"):
                named -= 1
        name = tokens[named].text if named >= 0 and tokens[named].kind != "mark" else ""
        if arrow and _is_type(tokens, first, named):
            continue
        if arrow or name not in _CONTROL:
            after = [each.text for each in tokens[place + 1 : place + 3]]
            empty = after == ["{", "}"] if arrow else after[:1] == ["}"]
            yield Function(name, range(first, place), empty)


def _begins_type(tokens: Sequence[Token], place: int) -> bool:
    """Whether the brace at ``place`` begins the type of a function's result, and not its body."""
    return place > 1 and tokens[place - 1].text == ":" and tokens[place - 2].text == ")"


def _is_type(tokens: Sequence[Token], first: int, named: int) -> bool:
    """Whether an arrow whose parameters begin at ``first`` stands in the type of a parameter, or in the name of one."""
    if named > 0 and tokens[named - 1].text == "type":
        return True
    depth = 0
    for at in range(first - 1, -1, -1):
        if tokens[at].kind == "mark" and tokens[at].text in CLOSE:
            depth += 1
        elif tokens[at].kind == "mark" and tokens[at].text in OPEN:
            if depth == 0:
                return tokens[at].text == "(" and tokens[first - 1].text in (":", "?:")
            depth -= 1
    return False


def _before_generics(tokens: Sequence[Token], place: int) -> int:
    """The place before the type parameters that end at ``place``; -1 without one."""
    depth = 0
    for at in range(place, max(-1, place - LONGEST_TYPE), -1):
        depth += tokens[at].text.count(">") - (tokens[at].text == "<")
        if depth == 0:
            return at - 1
    return -1


def _end_of_parameters(tokens: Sequence[Token], place: int, opening: dict[int, int]) -> int:
    """The place of the bracket that closes a function's parameters, before its return type, which may end at ``place``.

    It is ``place`` itself where no return type is written.
    """
    at = place
    while at > 0 and place - at < LONGEST_TYPE:
        if tokens[at].text == ":" and tokens[at - 1].text == ")":
            return at - 1
        if tokens[at].text in CLOSE and at in opening:
            at = opening[at] - 1
        elif tokens[at].kind == "mark" and tokens[at].text not in _IN_TYPES:
            break
        else:
            at -= 1
    return place


def states_types(head: Sequence[Token]) -> bool:
    """Whether the tokens of a function's head, from its parameters on, state the type of one or of the result."""
    depth, named = 0, True
    for token in head:
        if token.kind == "mark":
            depth += (token.text in OPEN) - (token.text in CLOSE)
        if depth == 1 and token.text in (",", "="):
            named = token.text == ","
        if token.text in (":", "?:") and (depth == 0 or (depth == 1 and named)):
            return True
    return False
