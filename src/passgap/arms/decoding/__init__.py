"""The sweep over decodings behind the decode-only arm."""

import re

from passgap.records import Decoding

NAME = "decode-only"


def label_of(decoding: Decoding, best_of: int = 1) -> str:
    """The name of a setting: its decoding, and how many samples an answer is chosen from."""
    return decoding.label if best_of == 1 else f"{decoding.label}, likeliest of {best_of}"


def stem(label: str) -> str:
    """The name of a setting's artifacts: ``decode-only-temperature-0-4-top-k-off-top-p-0-95``."""
    return f"{NAME}-{re.sub(r'[^a-z0-9]+', '-', label.lower()).strip('-')}"
