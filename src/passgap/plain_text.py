"""Text of users, models and files made harmless to show: controls, marks that are not seen, endless lines."""

from __future__ import annotations

import re

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls other than tab and line feed: they begin terminal sequences
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that reorder what is read
    r"\u2028\u2029"  # separators that some terminals take for line breaks
    r"\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # characters that are not seen: two names look alike
    r"\U000e0000-\U000e007f"  # tags, which hide text from people and not from assistants
    r"\ud800-\udfff]"  # lone surrogates, which no output encoding can write
)

LONGEST = 4_000
"""Characters of a text in a report: more are counted, not shown."""


def escaped(text: str) -> str:
    r"""The text with each control character written as its escape (``\x1b``, ``\u202e``); a JSON text stays JSON."""
    return _CONTROL.sub(lambda match: _escape(match[0]), text)


def has_controls(text: str) -> bool:
    """Whether a character would be escaped."""
    return _CONTROL.search(text) is not None


def shortened(text: str, longest: int = LONGEST) -> str:
    """The text, cut where it is too long for a page, with the number of characters that were left out."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}... ({len(text) - longest:,} more characters)"


def harmless(text: str) -> str:
    """The text for a page: escaped and of a length that can be read."""
    return escaped(shortened(text))


def _escape(character: str) -> str:
    """A character as its escape: a surrogate pair where it takes more than 16 bits, as in JSON."""
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
