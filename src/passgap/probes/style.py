"""Comments and docstrings: whether a completion holds them."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from itertools import pairwise

_UNREADABLE = (SyntaxError, ValueError, tokenize.TokenError, RecursionError, MemoryError)


def has_comment(program: str) -> bool:
    """Whether a comment stands in the program, as far as it can be tokenized."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(program).readline):
            if token.type == tokenize.COMMENT:
                return True
    except _UNREADABLE:
        return any(line.lstrip().startswith("#") for line in program.splitlines())
    return False


def has_docstring(program: str) -> bool:
    """Whether a function or class has a docstring; where the program does not parse, whether one follows a header."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(program)
    except _UNREADABLE:
        return _looks_documented(program)
    documented = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return any(isinstance(node, documented) and ast.get_docstring(node) is not None for node in ast.walk(tree))


def _looks_documented(program: str) -> bool:
    lines = [line.strip() for line in program.splitlines() if line.strip()]
    return any(
        line.startswith(("def ", "async def ", "class ")) and following.startswith(('"""', "'''"))
        for line, following in pairwise(lines)
    )
