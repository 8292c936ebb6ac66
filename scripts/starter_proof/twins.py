"""Pairs of problems that are the same in other words."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import combinations

from passgap.records import Problem

WORDS_A_SHINGLE = 4
PROMPT_LIMIT = 0.2
"""Prompts with at least this share of common word n-grams count as the same; unrelated ones stay below 0.15."""
PROGRAM_LIMIT = 0.5
"""Solutions with at least this similarity, ignoring names and constants, count as the same program."""
PROGRAM_NODES = 30
"""Smaller programs are necessarily similar: only exact twins, constants included, are refused among them."""

_NODES_A_SHINGLE = 4


@dataclass(frozen=True)
class Twin:
    """Two problems and why they count as the same."""

    first: str
    second: str
    reason: str


@dataclass(frozen=True)
class _Prints:
    prompt: frozenset[tuple[str, ...]]
    program: frozenset[tuple[tuple[str, ...], int]]
    """N-grams of node kinds, each numbered by its occurrence: a Jaccard index on these counts repeats."""
    nodes: int
    exact: str


def find_twins(problems: Sequence[Problem]) -> Iterator[Twin]:
    """Compare each pair of problems by the words of their prompts and the shape of their solutions."""
    prints = {problem.id: _prints(problem) for problem in problems}
    for first, second in combinations(prints, 2):
        reason = _reason(prints[first], prints[second])
        if reason:
            yield Twin(first, second, reason)


def _reason(one: _Prints, two: _Prints) -> str:
    if one.exact == two.exact:
        return "the solutions are one program"
    words = _jaccard(one.prompt, two.prompt)
    if words >= PROMPT_LIMIT:
        return f"the prompts share {words:.0%} of their {WORDS_A_SHINGLE}-word runs"
    if min(one.nodes, two.nodes) < PROGRAM_NODES:
        return ""
    shape = _jaccard(one.program, two.program)
    return f"the solutions share {shape:.0%} of their shape" if shape >= PROGRAM_LIMIT else ""


def _prints(problem: Problem) -> _Prints:
    words = re.findall(r"[a-z0-9]+", problem.prompt.lower().replace(problem.entry_point or "", " f "))
    tree = _Renamer().visit(ast.parse(problem.reference or ""))
    nodes = [_label(node) for node in _in_order(tree)]
    return _Prints(
        prompt=frozenset(_shingles(words, WORDS_A_SHINGLE)),
        program=_numbered(_shingles(nodes, _NODES_A_SHINGLE)),
        nodes=len(nodes),
        exact=ast.dump(tree),
    )


class _Renamer(ast.NodeTransformer):
    """Names in the order of their first use, except attributes and what is called but never bound (built-ins)."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def _of(self, name: str) -> str:
        return self._names.setdefault(name, f"n{len(self._names)}")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._of(node.name)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._of(node.arg)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Store) or node.id in self._names:
            node.id = self._of(node.id)
        return node


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a program from the top down, without the bookkeeping that every program has."""
    if not isinstance(node, ast.expr_context | ast.Module | ast.arguments):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)


def _label(node: ast.AST) -> str:
    match node:
        case ast.Name():
            return "name" if re.fullmatch(r"n\d+", node.id) else node.id
        case ast.Attribute():
            return f".{node.attr}"
        case ast.Constant():
            return type(node.value).__name__
    return type(node).__name__


def _shingles(items: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(items[start : start + size]) for start in range(max(1, len(items) - size + 1))]


def _numbered(shingles: Sequence[tuple[str, ...]]) -> frozenset[tuple[tuple[str, ...], int]]:
    times: Counter[tuple[str, ...]] = Counter()
    numbered = set()
    for shingle in shingles:
        numbered.add((shingle, times[shingle]))
        times[shingle] += 1
    return frozenset(numbered)


def _jaccard(one: Set[object], two: Set[object]) -> float:
    common = len(one & two)
    return common / (len(one) + len(two) - common)
