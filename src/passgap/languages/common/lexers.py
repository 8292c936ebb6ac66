"""Pygments' lexers, corrected where they take valid programs for others."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def lexer_called(name: str, options: tuple[tuple[str, Any], ...] = ()) -> Any:
    """The lexer of a name."""
    from pygments.lexers import find_lexer_class_by_name  # noqa: PLC0415 - loaded where such a language is read

    found = find_lexer_class_by_name(name)
    corrections = _CORRECTIONS.get(name)
    kind = type(found.__name__, (found,), {"tokens": corrections()}) if corrections else found
    return kind(stripnl=False, ensurenl=False, **dict(options))


def _javascript() -> dict[str, Any]:
    """Underscores in numbers, and braces inside the expressions of a template."""
    from pygments.lexer import include, inherit  # noqa: PLC0415
    from pygments.token import Number, Punctuation, String  # noqa: PLC0415

    inside = [(r"\{", Punctuation, ("braces-inside", "slashstartsregex")), include("root")]
    return {
        "root": [(r"\d+(?:_\d+)+n?(?![\w.])", Number.Integer), inherit],
        "interp-inside": [(r"\}", String.Interpol, "#pop"), *inside],
        "braces-inside": [(r"\}", Punctuation, "#pop"), *inside],
    }


def _cpp() -> dict[str, Any]:
    """Strings in macros, what stands behind ``#if 0``, which is no comment, and strings that their line leaves open."""
    from pygments.lexer import default, inherit  # noqa: PLC0415
    from pygments.token import Comment, Error  # noqa: PLC0415

    return {
        "macro": [(r'[^/\n"]*"(?:\\.|[^"\\\n])*"', Comment.Preproc), inherit],
        "if0": [default("#pop")],
        "string": [(r"\n", Error, "#pop"), inherit],
    }


def _php() -> dict[str, Any]:
    """Comments that end where the code does."""
    from pygments.lexer import inherit  # noqa: PLC0415
    from pygments.token import Comment  # noqa: PLC0415

    return {"php": [(r"(?:#(?!\[)|//)[^\n]*?(?=\?>)", Comment.Single), inherit]}


def _java() -> dict[str, Any]:
    """Variables that are called ``var``."""
    from pygments.lexer import default, inherit  # noqa: PLC0415

    return {"var": [inherit, default("#pop")]}


_CORRECTIONS = {"java": _java, "javascript": _javascript, "typescript": _javascript, "cpp": _cpp, "php": _php}
