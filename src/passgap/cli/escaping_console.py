"""A console that escapes control characters, so that no text of a user, a model or a file steers the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls other than tab and line feed: they begin terminal sequences
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that reorder what is read
    r"\u2028\u2029"  # separators that some terminals take for line breaks
    r"\ud800-\udfff]"  # lone surrogates, which no output encoding can write
)


def escaped(text: str) -> str:
    r"""The text with each control character written as its escape (``\x1b``, ``\u202e``); a JSON text stays JSON."""
    return _CONTROL.sub(lambda match: _escape(match[0]), text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class EscapingConsole(Console):
    """A console for text of users, models and files, which is neither markup nor terminal control.

    A call of ``print`` whose text is markup of passgap's own passes ``markup=True``.
    """

    def __init__(self, *, stderr: bool) -> None:
        super().__init__(stderr=stderr, highlight=False, soft_wrap=False, markup=False, emoji=False)

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        """Render to segments; control characters in their text are escaped."""
        for segment in super().render(renderable, options):
            if segment.control or not _CONTROL.search(segment.text):
                yield segment
            else:
                yield Segment(escaped(segment.text), segment.style)
