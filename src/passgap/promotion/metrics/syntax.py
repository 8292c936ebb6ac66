"""Syntax: whether the code of an answer can be parsed, in every block whose language passgap can parse."""

from __future__ import annotations

import re

from passgap.languages import language_called
from passgap.promotion.metrics.base import Metric, Reads
from passgap.promotion.telemetry.rows import ContentRow

_BLOCK = re.compile(r"^```([A-Za-z0-9+#.-]*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PLAIN = "python"
"""The language of a block that names none."""


def _parses(row: ContentRow) -> float | None:
    """None for an answer without such a block, and for one of which the end was not kept."""
    if row.answer is None or row.cut:
        return None
    verdicts = []
    for named, code in _BLOCK.findall(row.answer):
        language = language_called(named or _PLAIN)
        if language is not None:
            verdicts.append(language.parse(code) is not None)
    return float(all(verdicts)) if verdicts else None


METRIC = Metric(
    name="syntax",
    position=42.0,
    quantity="answers whose code can be parsed",
    reads=Reads.CONTENTS,
    of_content=_parses,
)
