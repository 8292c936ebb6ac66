"""Assert statements, each of them one case."""

from __future__ import annotations

import ast
from types import CodeType
from typing import Any

from ..session import Session
from .base import Plan, Record, fresh_globals
from .calls import OBSERVED, Ahead, free_names, shadowed_builtin, standard_modules
from .flow import answers_end_in_asserts


class AssertPlan(Plan):
    """Executes each statement outside, with stand-ins for what the program defines."""

    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        setup = ast.parse(tests["setup"])
        statements = [ast.parse(text) for text in tests["statements"]]
        free = free_names([setup, *statements])
        self._modules = standard_modules(free)
        names = [name for name in free if name not in self._modules]
        if not names and (shadowed := entry_point or shadowed_builtin(statements)):
            names = [shadowed]
        self.names = tuple(names)
        self.cases = len(statements)
        self.imports = shared_setup(setup, self.names)
        ahead = Ahead({name: name for name in self.names})
        ahead.visit(ast.parse(tests["setup"]))
        rewritten = [ahead.visit(ast.parse(text)) for text in tests["statements"]]
        self.batch = ahead.batch()
        if self.batch is not None:
            statements, self.names = rewritten, ()
        self.foreseeable = answers_end_in_asserts([setup, *statements], self.names)
        self._setup = compile(setup, "<setup>", "exec") if setup.body else None
        self._statements: list[CodeType] = [
            compile(statement, f"<test {number + 1}>", "exec") for number, statement in enumerate(statements)
        ]

    def judge(self, session: Session, values: dict[str, Any], record: Record) -> None:
        """Run the setup once and every statement after it, whether or not the one before it held."""
        modules = {name: __import__(name) for name in self._modules}
        namespace = fresh_globals({**modules, **values, OBSERVED: session.observed})
        if self._setup is not None:
            exec(self._setup, namespace)  # noqa: S102 - trusted tests
        for case, statement in enumerate(self._statements):
            try:
                exec(statement, namespace)  # noqa: S102 - trusted tests
            except (Exception, SystemExit) as error:  # noqa: BLE001 - any exception fails the test
                record.failed(case, error)
            else:
                record.passed(case)


def shared_setup(setup: ast.Module, program_names: tuple[str, ...]) -> str:
    """What of the setup the program may rely on: its imports, and classes that do not use the program."""
    shared: list[ast.stmt] = [
        node
        for node in setup.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.ClassDef) and not set(free_names([node])) & set(program_names))
    ]
    return ast.unparse(ast.Module(shared, []))
