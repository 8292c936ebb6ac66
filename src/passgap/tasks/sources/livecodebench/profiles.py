"""The rules by which LiveCodeBench's problems are scored, under the names that a study gives as ``scoring``.

``livecodebench`` has the rules of the set's own grader (``lcb_runner/evaluation/testing_util.py``), ``ml-ssd`` those of
the evaluation that made the figures of arXiv 2604.01193 (apple/ml-ssd, ``evaluation/livecodebench_utils.py``). Both
graders call programs in their own process with a replaced ``sys.stdin``; here a program is a process with a real
standard input, so ``open(0)``, ``sys.stdin.buffer`` and ``os._exit`` work as they would in a contest.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SECONDS, EXTRA_SECONDS = 6, 5
"""The time limit of one test, in seconds, and what a program of n tests has in all beside 7n."""

_STARS = [
    "string",
    "re",
    "datetime",
    "collections",
    "heapq",
    "bisect",
    "copy",
    "math",
    "random",
    "statistics",
    "itertools",
    "functools",
    "operator",
    "io",
    "sys",
    "json",
    "builtins",
    "typing",
]
LIVECODEBENCH_PRELUDE = (
    *(f"from {module} import *" for module in _STARS),
    *(f"import {module}" for module in _STARS if module not in ("builtins", "typing")),
    "import sys; sys.setrecursionlimit(50000)",
)
"""The code that the set's own grader executes before every program."""

_NAMED = {
    "copy": "deepcopy",
    "string": "ascii_lowercase",
    "math": "floor log2 log10 sqrt comb gcd ceil inf isqrt log prod",
    "collections": "defaultdict deque Counter OrderedDict",
    "bisect": "bisect_left bisect_right insort",
    "heapq": "heappush heappop heapify merge",
    "functools": "reduce cache lru_cache partial",
    "random": "randrange shuffle",
    "operator": "itemgetter sub iand",
    "os.path": "commonprefix",
    "itertools": "accumulate chain combinations count permutations product groupby islice repeat zip_longest cycle",
    "typing": "List Tuple Dict Set Optional Union Any Callable Iterable Iterator Generator",
}
ML_SSD_PRELUDE = (
    *(f"from {module} import {name}" for module, names in _NAMED.items() for name in names.split()),
    "from re import search as re_search",
    *(
        f"import {module}"
        for module in ["copy", "string", "math", "collections", "bisect", "heapq", "functools", "random"]
    ),
    *(f"import {module}" for module in ["itertools", "operator", "re", "sys"]),
    "exit = quit = None",
)
"""The code that ml-ssd executes before every program, less numpy and pandas: a program that uses these imports them."""


@dataclass(frozen=True)
class Profile:
    """One way to score the problems."""

    name: str
    caption: str
    public: bool
    """Whether the public tests are run, before the private ones."""
    prelude: tuple[str, ...]
    arguments: Callable[[str], list[Any]]
    """Reads the arguments of a call from a test's input; raises ValueError where the grader's own reading fails."""
    expected: Callable[[str], Any]
    """Reads the expected value of a call from a test's output."""
    comparison: str
    """The judge's rule for the values of calls; output is compared by lines under both profiles."""
    one_instance: bool
    extraction: str
    """The rule by which programs are taken out of answers."""


def _json_lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.split("\n")]


def _guessed(text: str) -> list[Any]:
    """Read arguments as ml-ssd does: by their looks, and ``name = value`` by the equals sign, wherever it stands."""
    if "=" in text:
        parts = [part.split("=") for part in text.split(",")]
        if any(len(part) != 2 for part in parts):
            raise ValueError("more or fewer than one equals sign between commas")
        return [_number(value.strip(), value.strip().strip('"')) for _, value in parts]
    values: list[Any] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        if line.startswith('"') and line.endswith('"'):
            values.append(line.strip('"'))
        elif line.startswith("[") and line.endswith("]"):
            values.append(json.loads(line))
        else:
            values.append(_number(line, line))
    return values


def _number(text: str, otherwise: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return otherwise


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text.strip())
    except json.JSONDecodeError:
        return text.strip()


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="livecodebench",
            caption="public and private tests, 6 s each; lines as text or decimals, values by `==`; one Solution for "
            "all calls; the code between the last two lines with fences",
            public=True,
            prelude=LIVECODEBENCH_PRELUDE,
            arguments=_json_lines,
            expected=json.loads,
            comparison="livecodebench",
            one_instance=True,
            extraction="between-last-fences",
        ),
        Profile(
            name="ml-ssd",
            caption="private tests alone, 7n + 5 s; lines as text or decimals, values as printed; arguments guessed "
            "from their looks; no `exit`; the last closed block",
            public=False,
            prelude=ML_SSD_PRELUDE,
            arguments=_guessed,
            expected=_json_or_text,
            comparison="ml-ssd",
            one_instance=False,
            extraction="last-closed-block",
        ),
    )
}
"""The profiles by name, the default first."""
