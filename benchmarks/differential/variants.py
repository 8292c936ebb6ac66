"""Other programs made from a right one: small mistakes, and other ways to hand over the same or nearly the same answer.

The mistakes are those of the starter set's proof (one changed operator, constant, comparison, call, statement ...). The
rest wraps the function that the tests call: answers of other types, other kinds of callables, state that stays between
calls, arguments that are changed. Which of all these are right is for plain CPython to say.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator

from starter_proof.mutants import mutants_of

ANSWERS = {
    "generator": "(x for x in r) if isinstance(r, (list, tuple)) else r",
    "iterator": "iter(r) if isinstance(r, (list, tuple, str)) else r",
    "map": "map(lambda x: x, r) if isinstance(r, (list, tuple)) else r",
    "tuple for list": "tuple(r) if type(r) is list else list(r) if type(r) is tuple else r",
    "inner tuples": "[tuple(x) if type(x) is list else x for x in r] if type(r) is list else r",
    "deque": "collections.deque(r) if type(r) is list else r",
    "frozenset": "frozenset(r) if type(r) is set else set(r) if type(r) is list and len(r) < 2 else r",
    "dictionary subclass": "collections.OrderedDict(r) if type(r) is dict else r",
    "counter": "collections.Counter(r) if type(r) is dict and all(type(v) is int for v in r.values()) else r",
    "dictionary view": "r.items() if type(r) is dict else r",
    "keys": "dict.fromkeys(r).keys() if type(r) is set else r",
    "numpy scalar": "np.int64(r) if type(r) is int and abs(r) < 2**62 else np.float64(r) if type(r) is float else r",
    "numpy boolean": "np.bool_(r) if type(r) is bool else r",
    "numpy array": "np.array(r) if type(r) is list and {type(x) for x in r} <= {int, float} else r",
    "numpy in a list": "[np.int64(x) if type(x) is int and abs(x) < 2**62 else x for x in r] if type(r) is list else r",
    "numpy string": "np.str_(r) if type(r) is str else r",
    "float for int": "float(r) if type(r) is int else r",
    "int for float": "int(r) if type(r) is float and r.is_integer() else r",
    "int for bool": "int(r) if type(r) is bool else bool(r) if type(r) is int else r",
    "truthy": "('yes' if r else '') if type(r) is bool else r",
    "match object": "re.match('a', 'a' if r else 'b') if type(r) is bool else r",
    "decimal": "decimal.Decimal(r) if type(r) in (int, float) else r",
    "fraction": "fractions.Fraction(r) if type(r) is int else r",
    "complex": "complex(r) if type(r) in (int, float) else r",
    "subclass": "sub(r)",
    "subclass inside": "[sub(x) for x in r] if type(r) is list else r",
    "bytes": "r.encode() if type(r) is str else r",
    "characters": "list(r) if type(r) is str else r",
    "in a list": "[r]",
    "text": "str(r)",
    "copy": "copy.deepcopy(r)",
    "none": "None",
    "negated": "(not r) if type(r) is bool else -r if type(r) in (int, float) else r",
    "one more": "r + 1 if type(r) in (int, float) else r + r[:1] if type(r) in (str, list, tuple) else r",
    "one less": "r[:-1] if type(r) in (str, list, tuple) else r",
    "backwards": "r[::-1] if type(r) in (str, list, tuple) else r",
    "sorted": "sorted(r) if type(r) is list else r",
    "nearly": "r + 1e-9 if type(r) is float else r",
    "lambda": "lambda: r",
    "own object": "Same(r)",
    "not implemented": "NotImplemented",
}
"""Changes to an answer ``r``."""

HEAD = """
import collections, copy, decimal, fractions, functools, re, sys
{numpy}
def sub(r):
    kind = type(r)
    return type(kind.__name__.title(), (kind,), {{}})(r) if kind in (int, float, str, list, dict, tuple, set) else r
class Same:
    def __init__(self, r):
        self.r = r
    def __eq__(self, other):
        return self.r == other
    def __iter__(self):
        return iter(self.r)
    def __len__(self):
        return len(self.r)
_inner = {name}
"""

WHOLE = {
    "cache": """
_seen = {}
def NAME(*a, **k):
    key = repr((a, k))
    if key not in _seen:
        _seen[key] = _inner(*a, **k)
    return _seen[key]
""",
    "answer of the first call": """
_seen = []
def NAME(*a, **k):
    _seen.append(_inner(*a, **k))
    return _seen[0]
""",
    "wrong from the third call on": """
_calls = 0
def NAME(*a, **k):
    global _calls
    _calls += 1
    return _inner(*a, **k) if _calls < 3 else None
""",
    "one list for all answers": """
_kept = []
def NAME(*a, **k):
    r = _inner(*a, **k)
    if type(r) is not list:
        return r
    _kept[:] = r
    return _kept
""",
    "callable object": """
class _Call:
    def __call__(self, *a, **k):
        return _inner(*a, **k)
NAME = _Call()
""",
    "partial": """
NAME = functools.partial(_inner)
""",
    "lambda": """
NAME = lambda *a, **k: _inner(*a, **k)
""",
    "decorated": """
def _d(f):
    @functools.wraps(f)
    def g(*a, **k):
        return f(*a, **k)
    return g
NAME = _d(_inner)
""",
    "lru_cache": """
NAME = functools.lru_cache(None)(_inner)
""",
    "bound method": """
class _C:
    def m(self, *a, **k):
        return _inner(*a, **k)
NAME = _C().m
""",
    "class method": """
class _C:
    @classmethod
    def m(cls, *a, **k):
        return _inner(*a, **k)
NAME = _C.m
""",
    "coroutine": """
async def NAME(*a, **k):
    return _inner(*a, **k)
""",
    "class": """
class NAME:
    def __new__(cls, *a, **k):
        return _inner(*a, **k)
""",
    "arguments emptied": """
def NAME(*a, **k):
    r = _inner(*a, **k)
    for x in a:
        if type(x) in (list, dict, set):
            x.clear()
    return r
""",
    "arguments sorted first": """
def NAME(*a, **k):
    for x in a:
        if type(x) is list:
            try:
                x.sort()
            except TypeError:
                pass
    return _inner(*a, **k)
""",
    "arguments swapped": """
def NAME(*a, **k):
    return _inner(*a[::-1], **k)
""",
    "arguments copied": """
def NAME(*a, **k):
    return _inner(*copy.deepcopy(a), **k)
""",
    "answer is the argument": """
def NAME(*a, **k):
    r = _inner(*a, **k)
    if a and type(a[0]) is type(r) is list:
        a[0][:] = r
        return a[0]
    return r
""",
    "prints": """
def NAME(*a, **k):
    print('called with', a)
    print('x' * 100, file=sys.stderr)
    return _inner(*a, **k)
""",
    "prints the answer": """
def NAME(*a, **k):
    print(_inner(*a, **k))
""",
    "raises": """
def NAME(*a, **k):
    raise ValueError(a)
""",
    "raises itself": """
def NAME(*a, **k):
    raise _inner(*a, **k)
""",
    "asserts": """
def NAME(*a, **k):
    assert not a, 'called'
    return _inner(*a, **k)
""",
    "leaves": """
def NAME(*a, **k):
    sys.exit(0)
""",
    "leaves at once": """
import os
def NAME(*a, **k):
    os._exit(0)
""",
    "stops iteration": """
def NAME(*a, **k):
    raise StopIteration(_inner(*a, **k))
""",
    "deep recursion": """
def NAME(*a, **k):
    def down(n):
        return down(n - 1) if n else _inner(*a, **k)
    return down(600)
""",
    "too deep recursion": """
def NAME(*a, **k):
    def down(n):
        return down(n - 1) if n else _inner(*a, **k)
    return down(2000)
""",
    "renamed": """
def NAME_(*a, **k):
    return _inner(*a, **k)
del NAME
""",
    "keywords refused": """
def NAME(*a):
    return _inner(*a)
""",
    "own random seed": """
import random
random.seed(1)
def NAME(*a, **k):
    random.random()
    return _inner(*a, **k)
""",
    "thread": """
import threading
def NAME(*a, **k):
    out = []
    t = threading.Thread(target=lambda: out.append(_inner(*a, **k)))
    t.start()
    t.join()
    return out[0]
""",
}
"""Changes to the function, which is called ``NAME``."""


def variants_of(program: str, name: str, count: int, seed: str) -> list[tuple[str, str]]:
    """Return ``count`` variants as (kind, program), or fewer where there are fewer: three fifths with a mistake."""
    rng = random.Random(seed)
    mistakes = [("mistake", text) for text in mutants_of(program)]
    others = [*rewritten(program), *wrapped(program, name)]
    rng.shuffle(mistakes)
    rng.shuffle(others)
    share = min(len(mistakes), count * 3 // 5)
    return mistakes[:share] + others[: count - share]


def rewritten(program: str) -> Iterator[tuple[str, str]]:
    """Yield programs that do the same and are written differently."""
    yield "written again", ast.unparse(ast.parse(program))
    yield "locals renamed", ast.unparse(Renamer().visit(ast.parse(program)))
    yield (
        "more around it",
        f"import math, os, re\nVERSION = (1, 0)\n{program}\nif __name__ == '__main__':\n    exit(1)\n",
    )
    yield "windows line ends", program.replace("\n", "\r\n")
    yield "byte order mark", "\ufeff" + program
    yield "in a block", "if True:\n    pass\n" + program + "\npass\n"


def wrapped(program: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield programs whose function is wrapped."""
    for kind, expression in ANSWERS.items():
        body = f"def {name}(*a, **k):\n    r = _inner(*a, **k)\n    return {expression}\n"
        yield f"answer: {kind}", with_head(program, name, body)
    for kind, text in WHOLE.items():
        yield f"function: {kind}", with_head(program, name, text.replace("NAME", name))


def with_head(program: str, name: str, body: str) -> str:
    """A program with a wrapper after it; numpy is imported only where it is used."""
    return f"{program}\n{HEAD.format(name=name, numpy='import numpy as np' if 'np.' in body else '')}{body}"


class Renamer(ast.NodeTransformer):
    """Renames what functions assign and nothing else sees."""

    def __init__(self) -> None:
        self._names: list[set[str]] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        inner = [part for part in ast.walk(node) if part is not node]
        kept = {name for part in inner if isinstance(part, ast.Global | ast.Nonlocal) for name in part.names}
        kept |= {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
        nested = any(isinstance(part, ast.FunctionDef | ast.Lambda | ast.ClassDef) for part in inner)
        stored = {part.id for part in inner if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        self._names.append(set() if nested else stored - kept)
        self.generic_visit(node)
        self._names.pop()
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if self._names and node.id in self._names[-1]:
            node.id += "_"
        return node
