"""A Python program that parses."""

from __future__ import annotations

import ast
from functools import cached_property, lru_cache

from passgap.languages.common.parsed_program import ParsedProgram, Statement, lines_of
from passgap.languages.python.syntax import (
    bound_by,
    bounded_tree_of,
    defines,
    first_line,
    free_names,
    has_star_import,
    is_empty,
    is_program,
    is_stub_of,
    reading_statement,
    reads_input,
    source_of,
)

_OUTPUT = frozenset({"print", "sys", "os", "stdout"})
_INPUT = frozenset({"input", "raw_input", "stdin", "open", "fileinput", "os"})
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


class PythonProgram(ParsedProgram):
    """A module's text with its syntax tree."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        """Hold both; what is asked of them is computed when it is asked for."""
        self.text = text
        self.tree = tree

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        lines = lines_of(self.text)
        return tuple(
            Statement(
                text=source_of(each, lines),
                line=first_line(each) - 1,
                binds=frozenset(bound_by([each])),
                reads=frozenset(free_names(each)),
                imports=isinstance(each, ast.Import | ast.ImportFrom),
                binds_unnamed=has_star_import(each),
            )
            for each in self.tree.body
        )

    @cached_property
    def binds(self) -> frozenset[str]:
        return frozenset(bound_by(self.tree.body))

    @cached_property
    def reads(self) -> frozenset[str]:
        return frozenset(free_names(self.tree))

    @property
    def acts(self) -> bool:
        return is_program(self.tree)

    @property
    def reads_input(self) -> bool:
        return reads_input(self.tree)

    @property
    def before_input(self) -> str | None:
        reading = reading_statement(self.tree)
        return None if reading is None else "".join(lines_of(self.text)[: first_line(reading) - 1])

    @property
    def names_input(self) -> bool:
        return any(
            (isinstance(node, ast.Name) and node.id in _INPUT)
            or (isinstance(node, ast.Attribute) and node.attr == "stdin")
            for node in ast.walk(self.tree)
        )

    @property
    def only_defines(self) -> bool:
        return all(isinstance(each, _DEFINITIONS) or is_empty(each) for each in self.tree.body)

    @property
    def prints(self) -> bool:
        return any(isinstance(node, ast.Name) and node.id in _OUTPUT for node in ast.walk(self.tree))

    def defines(self, name: str) -> bool:
        return defines(self.tree, name)

    def is_stub_of(self, name: str) -> bool:
        return is_stub_of(self.tree, name)


@lru_cache(maxsize=64)
def parsed(source: str) -> PythonProgram | None:
    """The program that a model's text is, or None where it does not parse."""
    tree = bounded_tree_of(source)
    return None if tree is None else PythonProgram(source, tree)
