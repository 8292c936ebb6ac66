"""Pickles that may hold one text and nothing else, in which nothing is imported or called."""

from __future__ import annotations

import base64
import binascii
import io
import pickle
import zlib
from typing import Any

LARGEST = 1 << 30
"""The most bytes that are decompressed."""


class _TextAlone(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"it asks for `{module}.{name}`, which is refused: a text needs none")

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("it refers to something outside itself, which is refused")


def pickled_text(raw: bytes) -> str:
    """Return the text that a pickle holds. Whatever else the pickle asks for is refused, and nothing of it is run.

    Raises:
        ValueError: it is no pickle of a text; the message says why.
    """
    try:
        held = _TextAlone(io.BytesIO(raw)).load()
    except (pickle.UnpicklingError, EOFError, ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise ValueError(f"the pickle is not one of a text: {error}") from error
    except (MemoryError, OverflowError, RecursionError) as error:
        raise ValueError(f"the pickle is not one of a text: {type(error).__name__}") from error
    if type(held) is not str:
        raise ValueError(f"the pickle holds a {type(held).__name__}, and not a text")
    return held


def packed_text(packed: str) -> str:
    """Return the text in base64 of a zlib stream of a pickle.

    Raises:
        ValueError: it is none, or longer than :data:`LARGEST` bytes; the message says why.
    """
    try:
        stream = zlib.decompressobj()
        raw = stream.decompress(base64.b64decode(packed, validate=True), LARGEST)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"not base64 of a zlib stream: {error}") from error
    if stream.unconsumed_tail:
        raise ValueError(f"more than {LARGEST >> 20} MiB when decompressed")
    if not stream.eof:
        raise ValueError("the zlib stream is cut off")
    return pickled_text(raw)
