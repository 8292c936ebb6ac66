"""Texts of answers made fit for patterns over lines."""

from __future__ import annotations

import re

_BLANK = re.compile(r"\n\s*\n")


def without_blank_lines(text: str) -> str:
    """A text less its blank lines, which mean nothing to patterns that look for the beginning of a line.

    Such a pattern passes over leading space, and from each of a million blank lines it would go to the end.
    """
    return _BLANK.sub("\n", text)
