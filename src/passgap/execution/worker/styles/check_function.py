"""Code that defines ``check(candidate)``: each statement of its body that tests something is one case."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from ..session.session import Session
from ..session.shared_process import sharing_of
from .calls import OBSERVED, Ahead
from .case_results import CaseResults
from .flow import answers_end_in_asserts, answers_stand_alone
from .free_names import free_names, standard_modules
from .imports import Imports, texts_of
from .independence import independence_of
from .program_module import importable_program, known_module
from .rewriting import NamesInClasses, parsed
from .tests_namespace import fresh_globals
from .tests_plan import Plan
from .unusable import TestsUnusable

RESULTS = "__results__"
ERROR = "__error__"


class CheckPlan(Plan):
    """Executes the check in the judge, with a proxy for the candidate."""

    def __init__(self, tests: dict[str, Any], entry_point: str | None) -> None:
        tree, check = parse_check(tests["code"])
        self.texts = texts_of([tree])
        self.sharing = sharing_of([tree])
        imports = Imports([tree])
        self.missing, self.imported = imports.missing, frozenset(imports.imported)
        self._module_names = sorted(imports.modules)
        named = entry_point or called_with(ast.parse(tests["code"]))
        if not named:
            raise TestsUnusable("the job names no entry point, and its tests do not call check(...) with one")
        self._entry_point = named
        candidate = check.args.args[0].arg
        free = [name for name in free_names([tree]) if name != named]
        modules = standard_modules(free, [tree])
        self._modules = {name: __import__(name) for name in modules}
        self._helpers = [name for name in free if name not in self._modules]
        self.names = tuple(dict.fromkeys((named, *self._helpers, *imports.of_program)))
        targets = {candidate: named, **{name: name for name in (named, *self._helpers)}}
        if not imports.modules:
            ahead_tree, ahead_check = parse_check(tests["code"])
            self.batch = make_ahead(ahead_tree, ahead_check, targets)
            self.isolated = answers_stand_alone([tree], targets)
            self.foreseeable = self.isolated and answers_end_in_asserts([tree], targets)
            wrap_cases(ahead_check, candidate)
            self._code_ahead = compile(ahead_tree, "<tests>", "exec")
        independence = independence_of({"<tests>": parsed(tests["code"])}, [*self.names, candidate, *imports.modules])
        self.independence = None if self.sharing else independence
        self.cases = wrap_cases(check, candidate)
        self._whole_check = self.cases == 0
        self.cases = max(1, self.cases)
        self._code = compile(NamesInClasses(self.names).visit(tree), "<tests>", "exec")

    def judge(self, session: Session, results: CaseResults) -> None:
        """Define the check and call it once."""
        with importable_program(session, self._module_names, lambda: session.available(self._helpers)):
            namespace = fresh_globals({**self._modules, OBSERVED: session.observed, RESULTS: results}, session)
            with known_module(namespace, self._module_names):
                exec(self._code_ahead if session.batched else self._code, namespace)  # noqa: S102 - trusted tests
                candidate = None if session.batched else session.entry_point(self._entry_point)
                namespace["check"](candidate)
                if self._whole_check:
                    results.passed(0)


def parse_check(code: str) -> tuple[ast.Module, ast.FunctionDef]:
    """Return the tests without their own calls of ``check``, and its definition.

    Raises:
        TestsUnusable: there is none, or it takes no candidate.
    """
    tree = parsed(code)
    tree.body = [node for node in tree.body if not is_check_call(node)]
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "check"]
    if not found or not found[-1].args.args:
        raise TestsUnusable("the tests define no check(candidate)")
    return tree, found[-1]


def make_ahead(tree: ast.Module, check: ast.FunctionDef, targets: dict[str, str]) -> bytes | None:
    """Replace each call in ``check`` by a look-up, in place; return None if not all can be made ahead."""
    others = Ahead(targets)
    for node in tree.body:
        if node is not check:
            others.visit(node)
    if others.calls or not others.complete:
        return None
    ahead = Ahead(targets)
    check.body = [ahead.visit(node) for node in check.body]
    return ahead.batch()


def called_with(tree: ast.Module) -> str | None:
    """Return the name with which the module itself calls ``check``, if it does."""
    for node in tree.body:
        if is_check_call(node):
            argument = node.value.args[0]  # type: ignore[attr-defined]
            return argument.id if isinstance(argument, ast.Name) else None
    return None


def is_check_call(node: ast.stmt) -> bool:
    """Whether a statement is the call ``check(...)``."""
    call = node.value if isinstance(node, ast.Expr) else None
    return (
        isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check" and bool(call.args)
    )


def is_case(node: ast.stmt, candidate: str) -> bool:
    """Whether a statement tests something: it asserts, or uses the candidate."""
    if isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant):
        return False
    return isinstance(node, ast.Assert | ast.For | ast.While | ast.With | ast.Try) and any(
        isinstance(part, ast.Assert) or (isinstance(part, ast.Name) and part.id == candidate) for part in ast.walk(node)
    )


def returns_early(body: Sequence[ast.AST]) -> bool:
    """Whether a function's body has a ``return`` of its own, before its last statement."""
    waiting = list(body[:-1]) if isinstance(body[-1], ast.Return) else list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
    return False


def wrap_cases(check: ast.FunctionDef, candidate: str) -> int:
    """Make each case record itself, so that a failed one does not hide those after it; return the number of cases.

    A check that may return before its end stays as it is: cases that it does not come to have not failed.
    """
    if returns_early(check.body):
        return 0
    body: list[ast.stmt] = []
    number = 0
    for node in check.body:
        if not is_case(node, candidate):
            body.append(node)
            continue
        template = ast.parse(
            f"try:\n    pass\nexcept (Exception, SystemExit) as {ERROR}:\n    {RESULTS}.failed({number}, {ERROR})\n"
            f"else:\n    {RESULTS}.passed({number})\n"
        ).body[0]
        assert isinstance(template, ast.Try)
        template.body = [node]
        body.append(template)
        number += 1
    check.body = body
    return number
