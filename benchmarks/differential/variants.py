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
    "numpy array": "np.array(r) if type(r) is list and r and all(type(x) in (int, float) for x in r) else r",
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
"""What becomes of an answer ``r``."""

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
    "cache": "_seen = {{}}\ndef {name}(*a, **k):\n    key = repr((a, k))\n    if key not in _seen:\n"
    "        _seen[key] = _inner(*a, **k)\n    return _seen[key]\n",
    "answer of the first call": "_seen = []\ndef {name}(*a, **k):\n    _seen.append(_inner(*a, **k))\n"
    "    return _seen[0]\n",
    "wrong from the third call on": "_calls = 0\ndef {name}(*a, **k):\n    global _calls\n    _calls += 1\n"
    "    return _inner(*a, **k) if _calls < 3 else None\n",
    "one list for all answers": "_kept = []\ndef {name}(*a, **k):\n    r = _inner(*a, **k)\n"
    "    if type(r) is not list:\n        return r\n    _kept[:] = r\n    return _kept\n",
    "callable object": "class _Call:\n    def __call__(self, *a, **k):\n        return _inner(*a, **k)\n{name} = _Call()\n",
    "partial": "{name} = functools.partial(_inner)\n",
    "lambda": "{name} = lambda *a, **k: _inner(*a, **k)\n",
    "decorated": "def _d(f):\n    @functools.wraps(f)\n    def g(*a, **k):\n        return f(*a, **k)\n    return g\n"
    "{name} = _d(_inner)\n",
    "lru_cache": "{name} = functools.lru_cache(None)(_inner)\n",
    "bound method": "class _C:\n    def m(self, *a, **k):\n        return _inner(*a, **k)\n{name} = _C().m\n",
    "class method": "class _C:\n    @classmethod\n    def m(cls, *a, **k):\n        return _inner(*a, **k)\n{name} = _C.m\n",
    "coroutine": "async def {name}(*a, **k):\n    return _inner(*a, **k)\n",
    "class": "class {name}:\n    def __new__(cls, *a, **k):\n        return _inner(*a, **k)\n",
    "arguments emptied": "def {name}(*a, **k):\n    r = _inner(*a, **k)\n    for x in a:\n"
    "        if type(x) in (list, dict, set):\n            x.clear()\n    return r\n",
    "arguments sorted first": "def {name}(*a, **k):\n    for x in a:\n        if type(x) is list:\n"
    "            try:\n                x.sort()\n            except TypeError:\n                pass\n"
    "    return _inner(*a, **k)\n",
    "arguments swapped": "def {name}(*a, **k):\n    return _inner(*a[::-1], **k)\n",
    "arguments copied": "def {name}(*a, **k):\n    return _inner(*copy.deepcopy(a), **k)\n",
    "answer is the argument": "def {name}(*a, **k):\n    r = _inner(*a, **k)\n    if a and type(a[0]) is type(r) is list:\n"
    "        a[0][:] = r\n        return a[0]\n    return r\n",
    "prints": "def {name}(*a, **k):\n    print('called with', a)\n    print('x' * 100, file=sys.stderr)\n"
    "    return _inner(*a, **k)\n",
    "prints the answer": "def {name}(*a, **k):\n    print(_inner(*a, **k))\n",
    "raises": "def {name}(*a, **k):\n    raise ValueError(a)\n",
    "raises itself": "def {name}(*a, **k):\n    raise _inner(*a, **k)\n",
    "asserts": "def {name}(*a, **k):\n    assert not a, 'called'\n    return _inner(*a, **k)\n",
    "leaves": "def {name}(*a, **k):\n    sys.exit(0)\n",
    "leaves at once": "import os\ndef {name}(*a, **k):\n    os._exit(0)\n",
    "stops iteration": "def {name}(*a, **k):\n    raise StopIteration(_inner(*a, **k))\n",
    "deep recursion": "def {name}(*a, **k):\n    def down(n):\n        return down(n - 1) if n else _inner(*a, **k)\n"
    "    return down(600)\n",
    "too deep recursion": "def {name}(*a, **k):\n    def down(n):\n        return down(n - 1) if n else _inner(*a, **k)\n"
    "    return down(2000)\n",
    "renamed": "def {name}_(*a, **k):\n    return _inner(*a, **k)\ndel {name}\n",
    "keywords refused": "def {name}(*a):\n    return _inner(*a)\n",
    "own random seed": "import random\nrandom.seed(1)\ndef {name}(*a, **k):\n    random.random()\n    return _inner(*a, **k)\n",
    "thread": "import threading\ndef {name}(*a, **k):\n    out = []\n"
    "    t = threading.Thread(target=lambda: out.append(_inner(*a, **k)))\n    t.start()\n    t.join()\n    return out[0]\n",
}
"""What becomes of the function."""


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
    yield "more around it", f"import math, os, re\nVERSION = (1, 0)\n{program}\nif __name__ == '__main__':\n    exit(1)\n"
    yield "windows line ends", program.replace("\n", "\r\n")
    yield "byte order mark", "\ufeff" + program
    yield "in a block", "if True:\n    pass\n" + program + "\npass\n"


def wrapped(program: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield programs whose function is wrapped."""
    for kind, expression in ANSWERS.items():
        body = f"def {name}(*a, **k):\n    r = _inner(*a, **k)\n    return {expression}\n"
        yield f"answer: {kind}", with_head(program, name, body)
    for kind, text in WHOLE.items():
        yield f"function: {kind}", with_head(program, name, text.format(name=name))


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
