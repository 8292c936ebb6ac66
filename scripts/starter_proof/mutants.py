"""Wrong programs made from a right one, each by one small change that a person could have written."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mod),
    ast.Mod: (ast.FloorDiv,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitXor: (ast.BitOr,),
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "set": "list", "round": "int"}
METHODS = {
    "lower": "upper",
    "upper": "lower",
    "strip": "lstrip",
    "rstrip": "lstrip",
    "lstrip": "rstrip",
    "startswith": "endswith",
    "endswith": "startswith",
    "find": "rfind",
    "rfind": "find",
    "split": "rsplit",
    "partition": "rpartition",
    "ljust": "rjust",
    "rjust": "ljust",
    "union": "intersection",
    "intersection": "union",
    "keys": "values",
    "values": "keys",
}

Change = Callable[[ast.AST], None]
"""A change to one node of a fresh copy of the program, in place."""


def mutants_of(program: str) -> tuple[str, ...]:
    """Return the distinct mutants of a program, in the order of the places that they change."""
    tree = ast.parse(program)
    seen = {ast.unparse(tree)}
    found = []
    for place, node in enumerate(ast.walk(tree)):
        for change in changes_of(node):
            changed = copy.deepcopy(tree)
            change(next(other for number, other in enumerate(ast.walk(changed)) if number == place))
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text not in seen:
                seen.add(text)
                found.append(text)
    return tuple(found)


def changes_of(node: ast.AST) -> Iterator[Change]:
    """The changes that can be made to a node."""
    match node:
        case ast.Compare():
            yield from _swapped_comparisons(node)
        case ast.BinOp() | ast.AugAssign():
            yield from (_setter("op", other()) for other in OPERATORS.get(type(node.op), ()))
        case ast.BoolOp():
            yield _setter("op", ast.And() if isinstance(node.op, ast.Or) else ast.Or())
            yield from (_without("values", index) for index in range(len(node.values)))
        case ast.Constant():
            yield from (_setter("value", value) for value in _other_values(node.value))
        case ast.Name(ctx=ast.Load()) if node.id in NAMES:
            yield _setter("id", NAMES[node.id])
        case ast.Attribute(ctx=ast.Load()) if node.attr in METHODS:
            yield _setter("attr", METHODS[node.attr])
        case ast.Call():
            yield from (_without("keywords", index) for index in range(len(node.keywords)))
            if len(node.args) == 2:
                yield _setter("args", node.args[::-1])
        case ast.Slice():
            yield from (_setter(side, None) for side in ("lower", "upper", "step") if getattr(node, side) is not None)
        case ast.If() | ast.While() | ast.IfExp():
            yield _setter("test", ast.UnaryOp(op=ast.Not(), operand=node.test))
        case ast.comprehension():
            yield from (_without("ifs", index) for index in range(len(node.ifs)))
        case ast.Return(value=ast.expr() as value):
            yield from _parts_returned(value)
        case ast.FunctionDef():
            yield from _arguments_returned(node)
    yield from _dropped_statements(node)


def _swapped_comparisons(node: ast.Compare) -> Iterator[Change]:
    for index, operator in enumerate(node.ops):
        for other in COMPARISONS.get(type(operator), ()):
            yield _item_setter("ops", index, other())


def _other_values(value: object) -> tuple[object, ...]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int | float):
        return (value + 1, value - 1)
    if isinstance(value, str):
        return ("",) if value else ("x",)
    return ()


def _arguments_returned(node: ast.FunctionDef) -> Iterator[Change]:
    """Return None, or an argument unchanged, as if the work of the function had been forgotten."""
    yield _setter("body", [ast.Return(value=None)])
    for each in node.args.args:
        yield _setter("body", [ast.Return(value=ast.Name(id=each.arg, ctx=ast.Load()))])


def _parts_returned(value: ast.expr) -> Iterator[Change]:
    """Return a part of the expression, as if the rest of it had been forgotten."""
    match value:
        case ast.Call(args=[first, *_]):
            yield _setter("value", first)
        case ast.Subscript():
            yield _setter("value", value.value)
        case ast.List() | ast.ListComp():
            yield _setter("value", ast.Subscript(value=value, slice=ast.Slice(lower=ast.Constant(1)), ctx=ast.Load()))
        case ast.BinOp():
            yield _setter("value", value.left)
            yield _setter("value", value.right)
        case ast.Compare() | ast.BoolOp():
            yield _setter("value", ast.UnaryOp(op=ast.Not(), operand=value))
        case ast.IfExp():
            yield _setter("value", value.body)
            yield _setter("value", value.orelse)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        yield _setter("value", value.func.value)


def _dropped_statements(node: ast.AST) -> Iterator[Change]:
    for field in ("body", "orelse", "finalbody"):
        body = getattr(node, field, None)
        if not isinstance(body, list) or isinstance(node, ast.Module):
            continue
        for index, statement in enumerate(body):
            if not isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass):
                yield _without(field, index) if field == "orelse" else _item_setter(field, index, ast.Pass())


def _setter(field: str, value: object) -> Change:
    return lambda node: setattr(node, field, copy.deepcopy(value))


def _item_setter(field: str, index: int, value: ast.AST) -> Change:
    def change(node: ast.AST) -> None:
        getattr(node, field)[index] = value

    return change


def _without(field: str, index: int) -> Change:
    def change(node: ast.AST) -> None:
        del getattr(node, field)[index]

    return change
