"""The battery with a few prompts of each kind, for studies whose real model would answer nine hundred of them.

The whole battery is asked by the scripted studies of tests/contract and tests/unit, whose answers cost nothing.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from passgap.study import battery
from passgap.tasks.probe_sets import ProbeSet, load_probe_set

if TYPE_CHECKING:
    import pytest

OF_EACH_KIND = 8
"""Prompts; enough for halves whose noise can be told."""

PROGRAM = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from passgap.study import battery
from short_battery import shortened
battery.load_probe_set = shortened
from passgap.cli.entry_point import main
main()
"""
"""``passgap`` with the short battery, for ``python -c``."""


@cache
def shortened(name: str, edition: int = 1) -> ProbeSet:
    """The first prompts of each kind of a set; all of the first edition, which finished studies have registered."""
    whole = load_probe_set(name, edition)
    if edition == 1:
        return whole
    seen = Counter[str]()
    kept = []
    for prompt in whole.prompts:
        seen[prompt.kind] += 1
        if seen[prompt.kind] <= OF_EACH_KIND:
            kept.append(prompt)
    return whole.model_copy(update={"prompts": tuple(kept)})


def shorten(patch: pytest.MonkeyPatch) -> None:
    """Ask few prompts in the studies of this process."""
    patch.setattr(battery, "load_probe_set", shortened)
