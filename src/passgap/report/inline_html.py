"""Text of a page within a line: escaped, with commands as code, and with no figure torn from its unit."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from passgap.plain_text import harmless

_INTERVAL = re.compile(r"(\[[-+x.\d, ]{3,40}\])")
_UNIT = re.compile(r"(?<=\d) (?=(?:%|pp|nats|h)(?![\w&]))")
_CODE = re.compile(r"`([^`\n]{1,200})`")
_NO_BREAK = "\u00a0"


def running_text(text: str) -> Markup:
    """A sentence: its commands are code, and its figures stay with their units."""
    shown = _UNIT.sub(_NO_BREAK, str(escape(harmless(text))))
    return Markup(_CODE.sub(r"<code>\1</code>", shown))  # noqa: S704 - it was escaped in the line before


def cell_text(text: str) -> Markup:
    """A cell's text whose intervals are not broken between their ends."""
    kept = _INTERVAL.sub(r'<span class="whole">\1</span>', str(escape(harmless(text))))
    return Markup(kept)  # noqa: S704 - it was escaped in the line before
