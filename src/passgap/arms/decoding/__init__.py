"""The sweep over decodings behind the decode-only arm."""

import re

NAME = "decode-only"


def stem(label: str) -> str:
    """The name of a setting's artifacts: ``decode-only-temperature-0-4-top-k-off-top-p-0-95``."""
    return f"{NAME}-{re.sub(r'[^a-z0-9]+', '-', label.lower()).strip('-')}"
