"""The battery with a few prompts of each kind: a study of a dozen problems would answer a thousand of them.

The whole battery is asked by the studies of the modules that are marked ``whole_battery``.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from passgap.study import battery
from passgap.tasks.probe_sets import ProbeSet, load_probe_set

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.fixture(scope="module", autouse=True)
def few_prompts(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ask few prompts in every study of the modules that import this fixture, but those marked ``whole_battery``."""
    with pytest.MonkeyPatch.context() as patch:
        if request.node.get_closest_marker("whole_battery") is None:
            shorten(patch)
        yield
