"""Python programs that are stubs, and programs that are none."""

from __future__ import annotations

STUBS = [
    "def f(x): return x",
    "pass",
    "def f(x):\n    pass\n",
    "def f(x):\n    '''Adds one.'''\n",
    "def f(x):\n    ...\n\ndef g(x):\n    pass\n",
    "class A:\n    def f(self):\n        ...\n",
]
PROGRAMS = [
    "def f(x):\n    return x + 1\n",
    "def f(x):\n    '''Adds one.'''\n    return x + 1\n",
    "def f(x):\n    return x +\n    nonsense(",
    "x = 1\nprint(x)\n",
    "def f(x):\n    pass\n\ndef g(x):\n    return 2\n",
]
