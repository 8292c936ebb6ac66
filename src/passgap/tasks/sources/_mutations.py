"""Single changes of a program that break one of its tests: bugs of the kind people write."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from itertools import islice

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.FloorDiv,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def mutations(source: str) -> Iterator[str]:
    """Yield the program with one operator swapped, one number raised by one, or one condition negated, at a time."""
    tree = ast.parse(source)
    for number, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Compare | ast.BinOp | ast.BoolOp | ast.AugAssign):
            operator = node.ops[0] if isinstance(node, ast.Compare) else node.op
            if type(operator) in _SWAPS:
                yield _changed(tree, number)
        elif (isinstance(node, ast.Constant) and type(node.value) is int) or isinstance(node, ast.If | ast.IfExp):
            yield _changed(tree, number)


def _changed(tree: ast.Module, number: int) -> str:
    other = copy.deepcopy(tree)
    node = list(ast.walk(other))[number]
    if isinstance(node, ast.Compare):
        node.ops[0] = _SWAPS[type(node.ops[0])]()  # type: ignore[call-overload]
    elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
        node.op = _SWAPS[type(node.op)]()  # type: ignore[assignment]
    elif isinstance(node, ast.Constant):
        node.value = int(str(node.value)) + 1
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(op=ast.Not(), operand=node.test)
    return ast.unparse(ast.fix_missing_locations(other)) + "\n"


_TAKEN = {"sum_of_deposits": 1, "top_complaints": 1, "shared_flat_transfers": None}
"""Functions of the starter set whose tests the first change does not break, with the one that does."""


def with_bug(source: str, name: str) -> str | None:
    """The program of a function of the starter set with a bug that its tests find; None where no change makes one."""
    wanted = _TAKEN.get(name, 0)
    return None if wanted is None else next(islice(mutations(source), wanted, None), None)
