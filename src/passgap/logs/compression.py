"""Reading files that may be compressed with gzip or Zstandard."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pyarrow as pa

from passgap.logs.imported import unreadable

_GZIP, _ZSTD, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
ZSTD_IN_ZIP = 93
"""The number of Zstandard among zip's compression methods."""


def read_bytes(path: Path) -> bytes:
    """Read a file, decompressing gzip and Zstandard.

    Raises:
        StoreError: the file cannot be read, or its compression is damaged.
    """
    if path.is_dir():
        raise unreadable(str(path), "a folder", ["give one results file; see the formats in docs/logs.md"])
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise unreadable(str(path), "not opened", [error.strerror or str(error)]) from error
    try:
        if raw.startswith(_GZIP):
            return gzip.decompress(raw)
        return unpack_zstd(raw) if raw.startswith(_ZSTD) else raw
    except (OSError, EOFError, zlib.error, pa.ArrowException) as error:
        raise unreadable(str(path), "compressed", [f"it is truncated or damaged: {error}"]) from error


def unpack_zstd(raw: bytes) -> bytes:
    """Decompress Zstandard, which the standard library supports only from Python 3.14 on."""
    with pa.CompressedInputStream(pa.BufferReader(raw), "zstd") as stream:
        return bytes(stream.read())


def is_archive(raw: bytes) -> bool:
    """Whether the content is a zip archive, such as an Inspect ``.eval`` file."""
    return raw.startswith(_ZIP)
