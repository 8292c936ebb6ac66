"""Comments and docstrings: whether a program holds them, in the language that the probe sets ask for."""

from __future__ import annotations

from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES


def has_comment(program: str) -> bool:
    """Whether a comment stands in the program, as far as it can be split into tokens."""
    return bool(LANGUAGES[DEFAULT_LANGUAGE].comments(program))


def has_docstring(program: str) -> bool:
    """Whether a function or class has a docstring; where the program does not parse, whether one follows a header."""
    return LANGUAGES[DEFAULT_LANGUAGE].documented(program)
