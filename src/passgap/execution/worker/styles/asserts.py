"""Assert statements, each of which is one case."""

from __future__ import annotations

import ast
import copy
from types import CodeType
from typing import Any

from ..session.session import Session
from ..session.shared_process import sharing_of
from .calls import OBSERVED, Ahead
from .case_results import CaseResults
from .flow import answers_end_in_asserts, answers_stand_alone
from .free_names import free_names, shadowed_builtin, standard_modules
from .imports import SOLUTIONS, Imports, texts_of
from .independence import independence_of
from .program_module import importable_program, known_module
from .rewriting import AsWritten, NamesInClasses, parsed
from .tests_namespace import fresh_globals
from .tests_plan import Plan

SCRIPT = "__main__"
RECORD_METHODS = frozenset({"__init__", "__repr__", "__str__", "__eq__", "__lt__", "__hash__"})


class AssertPlan(Plan):
    """Executes each statement in the judge, with proxies for what the program defines."""

    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        texts = [tests["setup"], *tests["statements"]]
        trees = [parsed(text) for text in texts]
        self.cases = len(tests["statements"])
        self.texts = texts_of(trees)
        self.sharing = sharing_of(trees)
        imports = Imports(trees)
        self.missing, self.imported = imports.missing, frozenset(imports.imported)
        self._module_names = sorted(imports.modules)
        free = free_names(trees)
        modules = standard_modules(free, trees)
        self._modules = {name: __import__(name) for name in modules}
        names = [name for name in free if name not in self._modules]
        if not names and not imports.of_program and (shadowed := entry_point or shadowed_builtin(trees[1:])):
            names = [shadowed]
        self._free_names = names
        self.names = tuple(dict.fromkeys([*names, *imports.of_program]))
        self.imports = shared_setup(
            [*trees[0].body, *(node for tree in trees[1:] for node in tree.body if is_record(node))]
        )
        targets = {name: name for name in names}
        if not imports.modules:
            ahead = Ahead(targets)
            rewritten = [ahead.visit(parsed(text)) for text in texts]
            self.batch = ahead.batch()
            self.isolated = answers_stand_alone(trees, targets)
            self.foreseeable = self.isolated and answers_end_in_asserts(trees, targets)
        independence = independence_of(
            dict(zip(file_names(trees), trees, strict=True)), [*self.names, *imports.modules]
        )
        self.independence = None if self.sharing else independence
        in_classes = NamesInClasses(names)
        self._codes = compiled([in_classes.visit(tree) for tree in trees])
        self._codes_ahead = compiled([in_classes.visit(tree) for tree in rewritten]) if self.batch is not None else []

    def judge(self, session: Session, results: CaseResults) -> None:
        """Run the setup once, and then every statement, whether or not the one before it held."""
        with importable_program(session, self._module_names, lambda: session.available(self._free_names)):
            namespace = fresh_globals({**self._modules, OBSERVED: session.observed}, session, SCRIPT)
            setup, *statements = self._codes_ahead if session.batched else self._codes
            with known_module(namespace, self._module_names):
                exec(setup, namespace)  # noqa: S102 - trusted tests
                for case, statement in enumerate(statements):
                    try:
                        exec(statement, namespace)  # noqa: S102 - trusted tests
                    except (Exception, SystemExit) as error:  # noqa: BLE001 - any exception fails the test
                        results.failed(case, error)
                    else:
                        results.passed(case)


def compiled(trees: list[ast.Module]) -> list[CodeType]:
    """Return the code of the setup, and of each statement."""
    return [compile(tree, name, "exec") for tree, name in zip(trees, file_names(trees), strict=True)]


def file_names(trees: list[ast.Module]) -> list[str]:
    """Return the file names that the setup and each statement are compiled under."""
    return ["<setup>", *(f"<test {number}>" for number in range(1, len(trees)))]


def shared_setup(statements: list[ast.stmt]) -> str:
    """Return the part of the setup that the program may rely on.

    These are imports, and classes that use nothing else and test nothing.
    """
    shared: list[ast.stmt] = []
    known: set[str] = set()
    for node in statements:
        if isinstance(node, ast.Import | ast.ImportFrom):
            own = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            if own in (*SOLUTIONS, "__future__"):
                continue
            known |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            shared += ast.parse(f"try:\n    {ast.unparse(node)}\nexcept ImportError:\n    pass").body
        elif isinstance(node, ast.ClassDef) and uses_only(node, known):
            known.add(node.name)
            shared.append(node)
    return ast.unparse(AsWritten().visit(copy.deepcopy(ast.Module(shared, []))))


def uses_only(node: ast.ClassDef, known: set[str]) -> bool:
    """Whether a class uses nothing but ``known`` names and Python's own, and asserts nothing."""
    return set(free_names([node])) <= known | {node.name} and not any(
        isinstance(part, ast.Assert) for part in ast.walk(node)
    )


def is_record(node: ast.stmt) -> bool:
    """Whether a statement defines a class that only holds values, as the nodes of lists and trees do."""
    return isinstance(node, ast.ClassDef) and not any(
        isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name not in RECORD_METHODS
        for part in ast.walk(node)
    )
