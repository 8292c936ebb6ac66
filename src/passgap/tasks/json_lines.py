"""Files of JSON lines, read whole or not at all."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sys
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from passgap.errors import PassgapError, StudyError
from passgap.messages import describe_errors
from passgap.paths import AnyPath

SHOWN_LINES = 20
"""How many bad lines a message names; the others are counted."""

GZIP_MAGIC = b"\x1f\x8b"
DAMAGED = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)
"""The errors by which reading a row says that it is damaged."""

T = TypeVar("T")

JsonObject = Mapping[str, Any]
"""The object of one line."""


def read_json_lines(
    path: AnyPath, build: Callable[[JsonObject], T], what: str, name: Callable[[T], str] | None = None
) -> list[T]:
    """Build a value from each line of a file, which may be compressed (gzip, zstandard, bzip2, xz). Blank lines are
    skipped. A file that is one JSON array has an object per item instead.

    Args:
        path: the file, in UTF-8; ``-`` for standard input.
        build: makes the value; one of :data:`DAMAGED` says why a line is bad.
        what: what the file should hold, for the message.
        name: the name of a value where no two may share one.

    Raises:
        StudyError: the file cannot be read, or any line is bad or repeats a name; nothing of a partly readable file is
            used.
    """
    path = Path(path)
    values: list[T] = []
    faults: list[str] = []
    lines: dict[str, int] = {}
    text = _text(path, what)
    unit, rows = ("line", text.split("\n")) if not text.lstrip().startswith("[") else ("item", _items(path, text))
    for number, each in enumerate(rows, start=1):
        if isinstance(each, str) and unit == "line" and not each.strip():
            continue
        try:
            row = json.loads(each) if isinstance(each, str) and unit == "line" else each
            if not isinstance(row, dict):
                raise TypeError("a JSON object was expected")
            value = build(row)
            if name is not None and (first := lines.setdefault(name(value), number)) != number:
                raise ValueError(f"`{name(value)}` occurs more than once, first on {unit} {first}")
            values.append(value)
        except DAMAGED as error:
            faults.append(f"{unit} {number}: {describe(error)}")
    if faults:
        raise StudyError(f"{path} does not hold {what}; nothing of it is used", shown(faults))
    return values


def shown(faults: list[str]) -> list[str]:
    """The first :data:`SHOWN_LINES` of a list of faults, and how many more there are."""
    more = len(faults) - SHOWN_LINES
    return faults[:SHOWN_LINES] + ([f"and {more} more"] if more > 0 else [])


def describe(error: Exception) -> str:
    """One line on why a line could not be used."""
    if isinstance(error, ValidationError):
        return describe_errors(error.errors())
    if isinstance(error, PassgapError):
        return f"{error.summary}. {' '.join(error.problems)}"
    if isinstance(error, KeyError):
        return f"`{error.args[0]}` is missing"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at column {error.colno}"
    if isinstance(error, AttributeError | IndexError):
        return f"a field has not the form that it should have: {error}"
    longest = sys.get_int_max_str_digits()
    too_long = f"a number of more than {longest:,} digits, which is not read: leave the row out"
    return too_long if "set_int_max_str_digits" in str(error) else str(error)


def _items(path: Path, text: str) -> list[object]:
    """The items of a file that is one JSON array.

    Raises:
        StudyError: it is none, or not whole.
    """
    try:
        return list(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise StudyError(
            f"{path} is no JSON array", [f"{describe(error)}. Write an object per line, or mend it."]
        ) from error


def _unpacked(raw: bytes) -> bytes:
    if raw.startswith(GZIP_MAGIC):
        return gzip.decompress(raw)
    if raw.startswith(b"BZh"):
        return bz2.decompress(raw)
    if raw.startswith(b"\xfd7zXZ\x00"):
        return lzma.decompress(raw)
    if raw.startswith(b"\x28\xb5\x2f\xfd"):
        import pyarrow as pa  # noqa: PLC0415 - loaded when it is needed

        with pa.CompressedInputStream(io.BytesIO(raw), "zstd") as stream:
            return bytes(stream.read())
    return raw


def _text(path: Path, what: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except FileNotFoundError as error:
        raise StudyError(f"{path} is not there", [f"Name a file that holds {what}."]) from error
    except OSError as error:
        raise StudyError(f"{path} cannot be read", [str(error)]) from error
    try:
        raw = _unpacked(raw)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise StudyError(f"{path} cannot be read", [f"{error}. It is compressed, and not whole."]) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(f"{path} is not UTF-8 text", [str(error)]) from error
