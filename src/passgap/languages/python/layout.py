"""Comments, docstrings and empty functions of a Python program, and its form without layout."""

from __future__ import annotations

import ast
import io
import keyword
import textwrap
import tokenize
from itertools import pairwise

from passgap.languages.common.parsed_program import lines_of
from passgap.languages.common.program_syntax import FunctionSyntax
from passgap.languages.python.syntax import is_empty, tree_of

_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def comments_of(program: str) -> tuple[str, ...]:
    """The comments of a program; where it cannot be tokenized to its end, those that have a line to themselves too."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(program).readline):
            if token.type == tokenize.COMMENT:
                found.append(token.string)
    except (SyntaxError, ValueError, tokenize.TokenError, RecursionError, MemoryError):
        lines = (line.strip() for line in program.splitlines())
        found = list(dict.fromkeys([*found, *(line for line in lines if line.startswith("#"))]))
    return tuple(found)


def without_comments(program: str) -> str:
    """A program less its comments, as far as it can be split into tokens."""
    lines = lines_of(program)
    try:
        for token in tokenize.generate_tokens(io.StringIO(program).readline):
            if token.type == tokenize.COMMENT:
                line = lines[token.start[0] - 1]
                lines[token.start[0] - 1] = line[: token.start[1]] + line[token.end[1] :]
    except (SyntaxError, ValueError, IndexError, tokenize.TokenError, RecursionError, MemoryError):
        pass
    return "".join(lines)


def functions_of(program: str) -> tuple[FunctionSyntax, ...]:
    """The functions and methods of a program, outer ones first; none where it does not parse."""
    tree = tree_of(program)
    found = [node for node in ast.walk(tree) if isinstance(node, _DOCUMENTED[:2])] if tree else []
    lines = lines_of(program)
    return tuple(
        FunctionSyntax(
            name=node.name,
            head="".join(lines[_first_line(node) - 1 : node.body[0].lineno - 1]) or lines[node.lineno - 1],
            empty=all(is_empty(statement) for statement in node.body),
            documented=ast.get_docstring(node) is not None,
            lines=range(_first_line(node) - 1, node.end_lineno or node.lineno),
            typed=_typed(node),
        )
        for node in found
    )


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _typed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = function.args
    parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return function.returns is not None or any(each.annotation is not None for each in parameters)


def identifiers_of(program: str) -> tuple[str, ...]:
    """The names of a program, as far as it can be split into tokens; reserved words are none."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(program).readline):
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                found.append(token.string)
    except (SyntaxError, ValueError, tokenize.TokenError, RecursionError, MemoryError):
        pass
    return tuple(found)


def is_documented(program: str) -> bool:
    """Whether a function or class has a docstring; where the program does not parse, whether one follows a header."""
    tree = tree_of(program)
    if tree is None:
        return _looks_documented(program)
    return any(isinstance(node, _DOCUMENTED) and ast.get_docstring(node) is not None for node in ast.walk(tree))


def is_stub(program: str) -> bool:
    """Whether a program is a single line, or holds functions and all of them are empty."""
    if len([line for line in program.splitlines() if line.strip()]) <= 1:
        return True
    tree = tree_of(program)
    functions = [node for node in ast.walk(tree) if isinstance(node, _DOCUMENTED[:2])] if tree else []
    return bool(functions) and all(is_empty(statement) for node in functions for statement in node.body)


def normal_form(program: str) -> str:
    """The syntax tree without positions, comments and docstrings.

    Text that does not parse (a fragment, another language) is its words instead.
    """
    tree = tree_of(textwrap.dedent(program))
    if tree is not None:
        for node in ast.walk(tree):
            _drop_docstring(node)
        try:
            return ast.dump(tree)
        except RecursionError:
            pass
    return " ".join(program.split())


def size_of(program: str) -> int | None:
    """The nodes of a program's syntax tree; None where it does not parse."""
    tree = tree_of(program)
    return None if tree is None else sum(1 for _ in ast.walk(tree))


def _looks_documented(program: str) -> bool:
    lines = [line.strip() for line in program.splitlines() if line.strip()]
    return any(
        line.startswith(("def ", "async def ", "class ")) and following.startswith(('"""', "'''"))
        for line, following in pairwise(lines)
    )


def _drop_docstring(node: ast.AST) -> None:
    if not isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        node.body = node.body[1:]
