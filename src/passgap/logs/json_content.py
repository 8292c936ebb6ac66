"""The content of a file as JSON: an archive of documents, one document, or lines."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pyarrow as pa

from passgap.logs.compression import ZSTD_IN_ZIP, unpack_zstd
from passgap.logs.imported import unreadable

_LOCAL_HEADER = 30
"""The number of bytes of a zip member's local header before its name."""


class _RepeatedFieldError(ValueError):
    """A JSON object repeats a field. A reader that keeps the last value would drop the first one silently."""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        more = f" and {len(twice) - _SHOWN_NAMES} more" if len(twice) > _SHOWN_NAMES else ""
        raise _RepeatedFieldError(
            f"{', '.join(map(repr, twice[:_SHOWN_NAMES]))}{more} stands more than once in one object: two results in "
            f"one place, of which only one could count"
        )
    return value


_SHOWN_NAMES = 5


def _loads(text: str | bytes) -> Any:
    return json.loads(text, object_pairs_hook=_each_once)


class Archive:
    """The JSON members of a zip archive, including those compressed with Zstandard.

    Raises:
        StoreError: the archive is truncated or damaged. Reading a damaged member raises it as well.
    """

    def __init__(self, raw: bytes, where: str) -> None:
        self._raw = raw
        self._where = where
        try:
            self._zip = zipfile.ZipFile(BytesIO(raw))
        except zipfile.BadZipFile as error:
            message = "it is truncated: the writer was stopped before it wrote the archive's directory"
            raise unreadable(where, "a zip archive", [f"{message} ({error})"]) from error

    @property
    def names(self) -> list[str]:
        return self._zip.namelist()

    def json(self, name: str) -> Any:
        """Read and parse one member."""
        info = self._zip.getinfo(name)
        try:
            if info.compress_type == ZSTD_IN_ZIP:
                return _loads(unpack_zstd(self._packed(info)))
            return _loads(self._zip.read(info))
        except (zipfile.BadZipFile, zlib.error, OSError, ValueError, pa.ArrowException) as error:
            raise unreadable(self._where, "a zip archive", [f"{name} is damaged: {error}"]) from error

    def _packed(self, info: zipfile.ZipInfo) -> bytes:
        header = self._raw[info.header_offset : info.header_offset + _LOCAL_HEADER]
        start = info.header_offset + _LOCAL_HEADER + int.from_bytes(header[26:28], "little")
        start += int.from_bytes(header[28:30], "little")
        return self._raw[start : start + info.compress_size]


@dataclass(frozen=True)
class JsonDocument:
    """A file that is one JSON value."""

    value: Any


@dataclass(frozen=True)
class JsonLines:
    """A file of one JSON object per line, with at least one line."""

    lines: list[tuple[int, dict[str, Any]]]
    """The objects with their line numbers, without empty lines."""


def parse(raw: bytes, where: str, guess: Callable[[str], str]) -> JsonDocument | JsonLines:
    """Parse one JSON document, or JSON lines.

    Args:
        raw: the file's content, decompressed.
        where: the file's name, for messages.
        guess: recognises the format of a damaged file by its beginning, for messages.

    Raises:
        StoreError: it is neither. The message says where it is damaged.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable(where, "not recognised", [f"it is not UTF-8 text: {error}"]) from error
    if not text.strip():
        raise unreadable(where, "not recognised", ["it is empty; was the run finished?"])
    head, _, rest = text.strip().partition("\n")
    first = _object(head)
    if first is not None:
        # EvalPlus and Inspect write a whole log as one object without line breaks.
        if not rest and ("eval" in first or "results" in first):
            return _document(head, where, guess)
        return JsonLines(_lines(text, where))
    return _document(text, where, guess)


def _document(text: str, where: str, guess: Callable[[str], str]) -> JsonDocument:
    try:
        return JsonDocument(_loads(text))
    except (ValueError, RecursionError) as error:
        raise unreadable(where, guess(text[:_HEAD]), [_where_it_breaks(text, error)]) from error


_HEAD = 4000
"""The number of characters of a damaged file by which its format is recognised."""


def kind_of(value: Any) -> str:
    """The type of a JSON value in JSON's terms."""
    if value is None:
        return "null"
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "an object",
    }
    return kinds[type(value)]


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _lines(text: str, where: str) -> list[tuple[int, dict[str, Any]]]:
    lines: list[tuple[int, dict[str, Any]]] = []
    problems = []
    numbered = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    for number, line in numbered:
        try:
            value = _loads(line)
        except _RepeatedFieldError as error:
            problems.append(f"line {number}: {error}")
            continue
        except (ValueError, RecursionError) as error:
            last = number == numbered[-1][0]
            cut = " (the last line: the file is truncated)" if last else ""
            problems.append(f"line {number} is not JSON{cut}: {error}")
            continue
        if isinstance(value, dict):
            lines.append((number, value))
        else:
            problems.append(f"line {number} is {kind_of(value)}, not an object")
    if problems:
        raise unreadable(where, "JSON lines", problems)
    return lines


def _where_it_breaks(text: str, error: Exception) -> str:
    if isinstance(error, _RepeatedFieldError):
        return str(error)
    if isinstance(error, json.JSONDecodeError):
        if error.pos >= len(text.rstrip()) - 1 or "Unterminated" in error.msg:
            return f"it ends in the middle of a value, at line {error.lineno}: the file is truncated"
        if error.msg == "Extra data":
            return f"after the document's end, at line {error.lineno}, more follows: two files in one"
        return f"it is not JSON at line {error.lineno}, column {error.colno}: {error.msg}"
    return f"it is not JSON: {error}"
