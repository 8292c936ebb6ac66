"""The looks of the battery: how often its prompts are asked, where a probe stays undecided."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator

LOOKS = (1, 2, 4)
"""Answers to each prompt after each look, as multiples of those of the first, unless a study declares others."""

MOST_LOOKS = 5
MOST_ANSWERS = 32
"""The largest multiple: with many answers, the prompts limit what a probe can show, and not the answers to each."""


def _ascending(looks: tuple[int, ...]) -> tuple[int, ...]:
    ascending = all(first < second for first, second in pairwise(looks))
    if not (ascending and 1 <= len(looks) <= MOST_LOOKS and looks[0] == 1 and looks[-1] <= MOST_ANSWERS):
        raise ValueError(
            f"1 to {MOST_LOOKS} ascending whole numbers, the first of them 1 and none above {MOST_ANSWERS}: [1, 2, 4]"
        )
    return looks


BatteryLooks = Annotated[tuple[int, ...], AfterValidator(_ascending)]
