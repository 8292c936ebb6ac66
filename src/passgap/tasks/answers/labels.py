"""Where the name of a language stands in an answer: behind a fence, below it, in a tag."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from passgap.languages import Language


@dataclass(frozen=True)
class Labels:
    """The patterns in which a language's labels stand."""

    alone: re.Pattern[str]
    """A label with a line to itself where a text begins: it is left of a fence that was taken off."""
    below: re.Pattern[str]
    """A label on the line below a fence, where it belongs behind it."""
    after_text: re.Pattern[str]
    """A fence with a label at the end of a line of text."""
    tagged: re.Pattern[str]
    """Code between tags instead of fences."""
    inline: re.Pattern[str]
    """Code inside a line."""


@cache
def labels_of(language: Language) -> Labels:
    """The patterns of a language."""
    words = "|".join(sorted(map(re.escape, language.labels), key=len, reverse=True))
    name = re.escape(language.name)
    return Labels(
        alone=re.compile(rf"\A\s*(?:{words})[ \t]*\r?\n", re.IGNORECASE),
        below=re.compile(rf"(?:[ \t]*>)*[ \t]*(?:{words})[ \t]*\r?\n", re.IGNORECASE),
        after_text=re.compile(rf"(?P<fence>```)[ \t]?(?P<info>{words})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE),
        tagged=re.compile(
            rf"\[{name}\](.*?)(?:\[/{name}\]|\Z)|<(code|{name})>(.*?)(?:</\2>|\Z)|\[BEGIN\](.*?)(?:\[DONE\]|\Z)",
            re.DOTALL | re.IGNORECASE,
        ),
        inline=re.compile(rf"`{{1,3}}(?:(?:{words})[ \t])?([^`\r\n]++)`{{1,3}}"),
    )
