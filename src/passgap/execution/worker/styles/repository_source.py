"""Python tests of a repository's modules, rewritten to tests of one program that stands for all of them.

Where the tests use one module that is a file, the program is that file. Where they use several, or packages, the
program imports them under names of its own, and the tests take what they import from there.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

from .imports import IMPORTING, SOLUTIONS
from .unusable import TestsUnusable

SOLUTION = SOLUTIONS[0]


def merged(files: Mapping[str, str], modules: Collection[str]) -> ast.Module:
    """The test files as one, whose imports of modules are of one program.

    Raises:
        TestsUnusable: a file is not Python, or two files define the same name.
        SyntaxError: a file does not parse.
    """
    body: list[ast.stmt] = []
    defined: dict[str, str] = {}
    for path, text in sorted(files.items()):
        if not path.endswith(".py"):
            raise TestsUnusable(f"{path} is no Python file, and tests outside the jail see none beside them")
        if PurePosixPath(path).name == "__init__.py" and not text.strip():
            continue
        tree = Renamed(modules).visit(ast.parse(text))
        for node in tree.body:
            name = getattr(node, "name", None)
            if name is not None and defined.setdefault(name, path) != path:
                raise TestsUnusable(f"{defined[name]} and {path} both define {name}")
        future = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
        body = [*future, *body, *(node for node in tree.body if node not in future)]
    return ast.fix_missing_locations(ast.Module(body=body, type_ignores=[]))


def program_of(files: Mapping[str, str], modules: Collection[str]) -> str:
    """The program that stands for the modules: the one file itself, or the imports of all of them."""
    if one := single_file(modules):
        return files.get(one, "")
    return "".join(f"import {module}\nimport {module} as {alias(module)}\n" for module in sorted(modules))


def single_file(modules: Collection[str]) -> str | None:
    """The file of the one module; None where there are several, or it lies in a package."""
    only = next(iter(modules), "") if len(modules) == 1 else ""
    return f"{only}.py" if only and "." not in only else None


def alias(module: str) -> str:
    """The name of a module in the program."""
    return f"passgap_{module.replace('.', '_')}"


class Renamed(ast.NodeTransformer):
    """Tests with every import of the modules, and every name of one in a patch, turned to the one program."""

    def __init__(self, modules: Collection[str]) -> None:
        self._modules = frozenset(modules)
        self._single = single_file(modules) is not None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        if node.level or node.module not in self._modules:
            return node
        if self._single:
            return ast.copy_location(ast.ImportFrom(module=SOLUTION, names=node.names, level=0), node)
        if any(each.name == "*" for each in node.names):
            raise TestsUnusable(f"the tests import everything from {node.module}, one of several modules")
        whole = ast.ImportFrom(module=SOLUTION, names=[ast.alias(name=alias(str(node.module)))], level=0)
        taken: list[ast.stmt] = [
            ast.Assign(
                targets=[ast.Name(id=each.asname or each.name, ctx=ast.Store())],
                value=ast.Attribute(ast.Name(id=alias(str(node.module)), ctx=ast.Load()), each.name, ast.Load()),
            )
            for each in node.names
        ]
        return [ast.copy_location(each, node) for each in (whole, *taken)]

    def visit_Import(self, node: ast.Import) -> ast.AST | list[ast.stmt]:
        own = [each for each in node.names if each.name in self._modules]
        if not own:
            return node
        kept: list[ast.stmt] = [ast.Import(names=[each]) for each in node.names if each not in own]
        for each in own:
            if self._single:
                kept.append(ast.Import(names=[ast.alias(name=SOLUTION, asname=each.asname or each.name)]))
            else:
                taken = alias(each.name) if each.asname else each.name.partition(".")[0]
                name = ast.alias(name=taken, asname=each.asname)
                kept.append(ast.ImportFrom(module=SOLUTION, names=[name], level=0))
        return [ast.copy_location(each, node) for each in kept]

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        function, first = node.func, node.args[0] if node.args else None
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in IMPORTING and isinstance(first, ast.Constant) and isinstance(first.value, str):
            for module in sorted(self._modules, key=len, reverse=True):
                if first.value == module or first.value.startswith(f"{module}."):
                    rest = first.value.removeprefix(module)
                    target = SOLUTION if self._single else f"{SOLUTION}.{alias(module)}"
                    node.args[0] = ast.copy_location(ast.Constant(target + rest), first)
                    break
        return node
