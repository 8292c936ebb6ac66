"""Finds the calls of the program in test code, and which of them can be made ahead, all at once.

A call is made ahead if its arguments are constants and it is executed exactly once. Then the judge sends all of a
problem's calls in one message and looks each value up when the test comes to it; the test itself is executed as it is
written, in the judge. If the program is used in any other way, nothing is made ahead, so that a program with a state
sees its calls in the order of the tests.
"""

from __future__ import annotations

import ast
import json
from typing import Any

from ..exchange.value_encoder import Encoder
from ..exchange.value_types import TooDeep

OBSERVED = "__observed__"
CONSTANT_NODES = (
    ast.Constant,
    ast.List,
    ast.Tuple,
    ast.Set,
    ast.Dict,
    ast.UnaryOp,
    ast.BinOp,
    ast.operator,
    ast.unaryop,
    ast.expr_context,
)
REPEATED = (
    ast.For,
    ast.While,
    ast.If,
    ast.Try,
    ast.IfExp,
    ast.BoolOp,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.With,
)
"""Nodes below which a call may not be executed, or more than once."""


class Constant(Exception):
    """An expression is not a constant that can be sent."""


class Ahead(ast.NodeTransformer):
    """Collects the calls of ``targets`` and replaces each by a look-up.

    Args:
        targets: the name in the program by the name in the test code.
    """

    def __init__(self, targets: dict[str, str]) -> None:
        self._targets = targets
        self._encoder = Encoder(_refuse)
        self._inside_repeated = 0
        self.calls: list[list[Any]] = []
        self.complete = True
        """Whether every use of the program was such a call."""

    def visit(self, node: ast.AST) -> Any:
        repeated = isinstance(node, REPEATED)
        self._inside_repeated += repeated
        try:
            return super().visit(node)
        finally:
            self._inside_repeated -= repeated

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """Visit an assertion, whose message is evaluated only if it fails."""
        node.test = self.visit(node.test)
        self._inside_repeated += 1
        node.msg = node.msg and self.visit(node.msg)
        self._inside_repeated -= 1
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Visit a comparison; in a chain, operands after the second may not be evaluated."""
        node.left = self.visit(node.left)
        node.comparators[0] = self.visit(node.comparators[0])
        self._inside_repeated += 1
        node.comparators[1:] = [self.visit(part) for part in node.comparators[1:]]
        self._inside_repeated -= 1
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not isinstance(node.func, ast.Name) or node.func.id not in self._targets or self._inside_repeated:
            return self.generic_visit(node)
        try:
            args = [self._constant(arg) for arg in node.args]
            keywords = {str(word.arg): self._constant(word.value) for word in node.keywords if word.arg}
        except Constant:
            return self.generic_visit(node)
        if len(keywords) < len(node.keywords):
            return self.generic_visit(node)
        self.calls.append([self._targets[node.func.id], args, keywords, False])
        name = ast.copy_location(ast.Name(OBSERVED, ast.Load()), node)
        number = ast.copy_location(ast.Constant(len(self.calls) - 1), node)
        return ast.copy_location(ast.Call(name, [number], []), node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self._targets:
            self.complete = False
        return node

    def batch(self) -> bytes | None:
        """Return the message with all calls; None if not all can be made ahead."""
        if not self.complete or not self.calls:
            return None
        return json.dumps(self.calls, separators=(",", ":")).encode("ascii")

    def _constant(self, node: ast.expr) -> Any:
        if not all(isinstance(part, CONSTANT_NODES) for part in ast.walk(node)):
            raise Constant
        try:
            if isinstance(node, ast.Constant):
                return self._encoder.encode(node.value)
            code = compile(ast.Expression(node), "<argument>", "eval")
            return self._encoder.encode(eval(code, {"__builtins__": {}}))  # noqa: S307 - constants of trusted tests
        except (ArithmeticError, TypeError, ValueError, TooDeep) as error:
            raise Constant from error


def _refuse(value: object) -> Any:
    raise Constant
