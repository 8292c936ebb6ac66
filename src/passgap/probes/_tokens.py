"""Code as a sequence of tokens, the same for every probe."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[^\W\d]\w*|\d+(?:\.\d+)?|\S", re.UNICODE)


def code_tokens(text: str) -> list[str]:
    """Split text into names, numbers and single marks; white space only separates."""
    return _TOKEN.findall(text)
