"""A digest that is equal for programs that differ only in layout and comments."""

from __future__ import annotations

import ast
import hashlib
import textwrap
import warnings


def program_digest(source: str) -> str:
    """The digest of a Python program's syntax tree without positions, comments and docstrings.

    Text that does not parse (a fragment, another language) is digested with normalised white space instead.
    """
    return hashlib.sha256(_normal_form(source).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _normal_form(source: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(textwrap.dedent(source))
            for node in ast.walk(tree):
                _drop_docstring(node)
            return ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(source.split())


def _drop_docstring(node: ast.AST) -> None:
    if not isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        node.body = node.body[1:]
