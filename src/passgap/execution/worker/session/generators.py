"""Generators of random numbers that tests seed: the program's are seeded as well, and follow what the tests draw.

Nothing goes the other way. A program that could set the state of the tests' generator would choose the inputs that it
is tested with.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

GENERATORS = {"random": ("seed", "setstate"), "numpy.random": ("seed", "set_state")}
"""The functions that set the state of a module's generator."""
STATES: dict[str, Callable[[Any], Any]] = {
    "random": lambda module: module.getstate(),
    "numpy.random": lambda module: tuple(
        part.tobytes() if hasattr(part, "tobytes") else part for part in module.get_state()
    ),
}


class SeededGenerators:
    """The generators that the tests of one sample have seeded."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def seeded(self, module: str) -> None:
        """Take note that both sides' generators are in the same state now."""
        self._known[module] = STATES[module](sys.modules[module])

    def drawn(self) -> Iterator[tuple[str, str, Any]]:
        """Yield the module, the function that sets its state and the state, where tests have drawn since."""
        for module, known in self._known.items():
            if (now := STATES[module](sys.modules[module])) != known:
                self._known[module] = now
                setting = GENERATORS[module][1]
                yield module, setting, getattr(sys.modules[module], setting.replace("set", "get"))()
