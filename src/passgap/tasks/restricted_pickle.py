"""Pickles that may hold one text and nothing else, in which nothing is imported or called."""

from __future__ import annotations

import base64
import binascii
import io
import pickletools
import zlib

LARGEST = 1 << 30
"""The most bytes that are decompressed."""


_TEXTS = frozenset({"UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"})
_IMPORTS = frozenset({"GLOBAL", "INST", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4"})
_IDLE = frozenset({"PROTO", "FRAME", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "MARK", "STOP"})
"""Instructions of a pickle that say how it is written, and add nothing to what it holds."""


def pickled_text(raw: bytes) -> str:
    """Return the text that a pickle holds. Whatever else the pickle asks for is refused.

    The instructions are read one by one, and none is carried out: with a handful of bytes, a pickle that is carried out
    can ask for as much memory as it likes.

    Raises:
        ValueError: it is no pickle of a text; the message says why.
    """
    texts: list[str] = []
    try:
        for instruction, argument, _ in pickletools.genops(io.BytesIO(raw)):
            name = instruction.name
            if name in _TEXTS:
                texts.append(str(argument))
            elif name in _IMPORTS:
                asked = ".".join(texts[-2:]) if name == "STACK_GLOBAL" else str(argument).replace(" ", ".")
                raise ValueError(f"it asks for `{asked}`, which is refused: a text needs none")
            elif name not in _IDLE:
                made = instruction.stack_after[-1].name if instruction.stack_after else name
                raise ValueError(f"it holds a {made}")
    except (ValueError, IndexError, OverflowError, MemoryError) as error:
        raise ValueError(f"the pickle is not one of a text: {error or type(error).__name__}") from error
    if len(texts) != 1:
        raise ValueError(f"the pickle is not one of a text: it holds {len(texts)}")
    return texts[0]


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
