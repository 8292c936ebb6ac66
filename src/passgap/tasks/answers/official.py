"""The rules by which other evaluations take programs out of answers, for problems that are scored as they score."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from passgap.records import Prompt
from passgap.tasks.answers.extraction import Extraction


class OfficialRule(StrEnum):
    """The rule by which a program was found, or none was."""

    LAST_FENCES = "between the last two fences"
    LAST_CLOSED = "last closed block"
    NO_BLOCK = "no closed block"


_CLOSED = re.compile(r"```(?:[a-zA-Z]*)\n(.*?)```", re.DOTALL)
FENCE = "```"


def between_last_fences(answer: str) -> Extraction:
    """The text between the last two lines that hold a fence (LiveCodeBench, ``extraction_utils.py``)."""
    lines = answer.split("\n")
    fences = [number for number, line in enumerate(lines) if FENCE in line]
    if len(fences) < 2:
        return Extraction("", OfficialRule.NO_BLOCK)
    return Extraction("\n".join(lines[fences[-2] + 1 : fences[-1]]), OfficialRule.LAST_FENCES)


def last_closed_block(answer: str) -> Extraction:
    """The last block whose label is letters alone and which is closed, up to ``</code>`` (apple/ml-ssd)."""
    blocks = _CLOSED.findall(answer)
    if not blocks:
        return Extraction("", OfficialRule.NO_BLOCK)
    return Extraction(blocks[-1].partition("</code>")[0].replace("<code>", ""), OfficialRule.LAST_CLOSED)


EXTRACTIONS: Mapping[str, Callable[[str], Extraction]] = {
    "between-last-fences": between_last_fences,
    "last-closed-block": last_closed_block,
}
"""The rules by the names that problems state them under."""


def official_extraction(name: str, completion: str, prompt: Prompt, *, cut: bool | None) -> Extraction:
    """Take a program out of an answer by the rule of that name.

    The answer begins with the text that the prompt put into the model's mouth. Where that opened a fence at which
    generation stops, the fence that stopped it closes the block, unless the token limit ended the answer.
    """
    answer = prompt.prefix + completion
    if prompt.prefix.lstrip().startswith(FENCE) and cut is not True and any(FENCE in stop for stop in prompt.stop):
        answer += f"\n{FENCE}"
    return EXTRACTIONS[name](answer)
