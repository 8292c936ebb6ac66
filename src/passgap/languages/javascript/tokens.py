"""JavaScript as the tokens of Pygments' lexer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from passgap.languages.common.lexed import Token, Tokens, is_readable
from passgap.languages.common.lexers import lexer_called
from passgap.languages.common.program_syntax import documents

OPEN = {"(", "[", "{", "${"}
CLOSE = {")": "(", "]": "[", "}": "{"}
_BESIDE_A_NAME = {
    *("get", "set", "static", "async", "of", "as", "from", "type", "satisfies", "is", "keyof", "infer", "asserts"),
    *("unique", "accessor", "declare", "abstract", "override", "readonly"),
}
"""Names that may stand beside another one on the same line."""


@lru_cache(maxsize=64)
def tokens_of(source: str, lexer: str = "javascript") -> Tokens:
    """Split a text into tokens by the lexer of a name."""
    from pygments.token import Comment, Error, Keyword, Literal, Name, Operator, String  # noqa: PLC0415

    code: list[Token] = []
    comments: list[str] = []
    opened: list[str] = []
    line, documented, whole = 0, False, is_readable(source)
    for kind, text in lexer_called(lexer).get_tokens(source) if whole else ():
        if kind in Comment:
            comments.append(text.strip())
        elif text.strip():
            documented = documented or bool(comments and documents(comments[-1], ("/**",)))
            interpolates = text == "${" or (text == "}" and kind in String.Interpol)
            value = kind in Literal and not interpolates
            word = kind in Keyword or kind in Operator.Word
            code.append(Token(text, "name" if kind in Name else "word" if word else "value" if value else "mark", line))
            whole = whole and kind is not Error
            if not value and text in OPEN:
                opened.append(text[-1])
            elif not value and text in CLOSE:
                whole = whole and bool(opened) and opened.pop() == CLOSE[text]
        line += text.count("\n")
    return Tokens(tuple(code), tuple(comments), documented, whole and not opened)


def is_prose(tokens: Sequence[Token]) -> bool:
    """Whether a name follows another one or a value on a line: as in sentences, and in no program."""
    return any(
        first.line == second.line and first.kind in ("name", "value") and second.kind == "name"
        for first, second in pairwise(tokens)
        if first.text not in _BESIDE_A_NAME and second.text not in _BESIDE_A_NAME
    )
