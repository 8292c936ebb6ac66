"""A console that escapes control characters, so that no text of a user, a model or a file steers the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

from passgap.plain_text import escaped, has_controls


class EscapingConsole(Console):
    """A console for text of users, models and files, which is neither markup nor terminal control.

    A call of ``print`` whose text is markup of passgap's own passes ``markup=True``.
    """

    def __init__(self, *, stderr: bool) -> None:
        super().__init__(stderr=stderr, highlight=False, soft_wrap=False, markup=False, emoji=False)

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        """Render to segments; control characters in their text are escaped."""
        for segment in super().render(renderable, options):
            if segment.control or not has_controls(segment.text):
                yield segment
            else:
                yield Segment(escaped(segment.text), segment.style)
