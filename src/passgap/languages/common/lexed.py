"""Programs as the tokens of Pygments' lexers, for languages whose blocks stand between braces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from passgap.languages.common.lexers import lexer_called
from passgap.languages.common.program_syntax import documents

LARGEST_SOURCE = 50_000
"""Characters. Longer text is not split into tokens."""
OPEN = {"(": ")", "[": "]", "{": "}"}
CLOSE = {closing: opening for opening, closing in OPEN.items()}
TOO_DEEP = re.compile(r"[(\[{]{200}")
"""No program opens so many brackets at once."""
NAMES_IN_A_ROW = 3
"""So many names side by side on a line are prose: no declaration has more than a type and a name."""


class Token(NamedTuple):
    """A token that is neither white space nor a comment."""

    text: str
    kind: str
    """``name``, ``word`` (reserved), ``value`` (a literal), ``directive`` (of a preprocessor) or ``mark``."""
    line: int


@dataclass(frozen=True)
class Tokens:
    """The tokens of a text."""

    code: tuple[Token, ...]
    comments: tuple[str, ...]
    documented: bool
    """Whether a documentation comment stands before something."""
    whole: bool
    """Whether all of the text could be read."""


def is_readable(source: str) -> bool:
    """Whether a text is short enough to be split into tokens, and can be a program at all."""
    return len(source) <= LARGEST_SOURCE and "\0" not in source and TOO_DEEP.search(source) is None


@lru_cache(maxsize=128)
def tokens_of(
    source: str, lexer: str, options: tuple[tuple[str, Any], ...] = (), documentation: tuple[str, ...] = ("/**",)
) -> Tokens:
    """Split a text into tokens.

    Args:
        source: the text.
        lexer: the name of the lexer.
        options: of the lexer.
        documentation: how a documentation comment begins.
    """
    from pygments.token import Comment, Error, Keyword, Literal, Name, Operator, String, Text  # noqa: PLC0415

    code: list[Token] = []
    comments: list[str] = []
    line, documented, whole, documenting = 0, False, is_readable(source), False
    begun, joins = "", False
    for kind, text in lexer_called(lexer, options).get_tokens(source) if whole else ():
        if kind in String.Doc or (kind in Comment and kind not in Comment.Preproc and kind not in Comment.PreprocFile):
            whole_so_far = begun + text
            begun = whole_so_far if _is_open(whole_so_far) else ""
            joins = False
            if not begun:
                comments.append(whole_so_far.strip())
                documenting = documents(whole_so_far, documentation)
        elif text.strip():
            documented, documenting = documented or documenting, False
            sort = "mark"
            if kind in Comment:
                sort = "directive"
            elif kind in Name or (kind is Error and _goes_on_a_name(text, code if joins else ())):
                sort = "name"
            elif kind in Keyword or kind in Operator.Word:
                sort = "word"
            elif kind in Literal and kind not in String.Interpol:
                sort = "value"
            elif kind in Text:
                sort = "name"
            if sort == "name" and joins and not (code[-1].text + text).isascii() and code[-1].kind in ("name", "word"):
                code[-1] = Token(code[-1].text + text, "name", code[-1].line)
            elif sort == "directive" and text.startswith("$"):
                code.append(Token(text.lstrip("$"), "mark" if text == "$(" else "name", line))
            else:
                for part in text.split() if sort in ("name", "word", "mark") else (text.strip(),):
                    code.append(Token(part, sort, line))
            whole = whole and (kind is not Error or sort == "name")
            whole = whole and not (kind in String and _is_left_open(text))
            joins = not text[-1].isspace()
        else:
            joins, whole = False, whole and not (kind is Error and "\n" in text)
        line += text.count("\n")
    return Tokens(tuple(_split_marks(code)), tuple(comments), documented, whole and not begun)


def _is_left_open(text: str) -> bool:
    """Whether a text that a lexer takes for a string goes to the end of its line only."""
    return text[0] == '"' and text[-1] == "\n" and not text.startswith('"""')


def _is_open(comment: str) -> bool:
    """Whether a comment of which a lexer gives one part after the other, as they may be nested, goes on."""
    return comment.startswith("/*") and comment.count("/*") > comment.count("*/")


def _goes_on_a_name(text: str, before: Sequence[Token]) -> bool:
    """Whether a text that a lexer does not know is a letter beyond ASCII, at the beginning of a name or in it."""
    return text.isidentifier() or (bool(before) and before[-1].kind in ("name", "word") and f"a{text}".isidentifier())


def _split_marks(code: list[Token]) -> Iterator[Token]:
    """Yield tokens with brackets apart from other marks beside them."""
    for token in code:
        if (
            token.kind != "mark"
            or len(token.text) == 1
            or not any(each in OPEN or each in CLOSE for each in token.text)
        ):
            yield token
            continue
        part = ""
        for character in token.text:
            if character in OPEN or character in CLOSE:
                if part:
                    yield Token(part, "mark", token.line)
                yield Token(character, "mark", token.line)
                part = ""
            else:
                part += character
        if part:
            yield Token(part, "mark", token.line)


def is_prose(tokens: Sequence[Token]) -> bool:
    """Whether names stand side by side on a line as they do in sentences, and in no program."""
    row = 0
    for before, token in pairwise((Token("", "mark", -1), *tokens)):
        row = row + 1 if token.kind == "name" and token.line == before.line and row else int(token.kind == "name")
        if row >= NAMES_IN_A_ROW:
            return True
    return False


def closes_all(tokens: Sequence[Token]) -> bool:
    """Whether every bracket that opens closes, and none else does."""
    opened: list[str] = []
    for token in tokens:
        if token.kind == "mark" and token.text in OPEN:
            opened.append(token.text)
        elif token.kind == "mark" and token.text in CLOSE and (not opened or opened.pop() != CLOSE[token.text]):
            return False
    return not opened


def partners(tokens: Sequence[Token]) -> dict[int, int]:
    """Return the places of brackets that belong together, both ways."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for place, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text in OPEN:
            opened.append(place)
        elif token.text in CLOSE and opened:
            found[place] = opened.pop()
            found[found[place]] = place
    return found


def depths(tokens: Sequence[Token]) -> Iterator[int]:
    """Yield for each token how many brackets are open before it."""
    depth = 0
    for token in tokens:
        if token.kind == "mark" and token.text in CLOSE:
            depth -= 1
        yield depth
        if token.kind == "mark" and token.text in OPEN:
            depth += 1
