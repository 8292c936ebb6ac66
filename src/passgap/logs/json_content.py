"""From a file to JSON: unpacked where it is packed, as one document or as lines."""

from __future__ import annotations

import gzip
import json
import zipfile
import zlib
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa

from passgap.logs.imported import unreadable

_GZIP, _ZSTD, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
_ZSTD_METHOD = 93
"""The zip compression method that the standard library of Python 3.11 does not know."""

_LOCAL_HEADER = 30


def read_bytes(path: Path) -> bytes:
    """The file's content, unpacked where it is gzip or Zstandard.

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
        return _unzstd(raw) if raw.startswith(_ZSTD) else raw
    except (OSError, EOFError, zlib.error, pa.ArrowException) as error:
        raise unreadable(str(path), "compressed", [f"it is truncated or damaged: {error}"]) from error


def _unzstd(raw: bytes) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(raw), "zstd") as stream:
        return bytes(stream.read())


def is_archive(raw: bytes) -> bool:
    """Whether the content is a zip archive, as an Inspect ``.eval`` file is."""
    return raw.startswith(_ZIP)


class _RepeatedFieldError(ValueError):
    """A JSON object that names a field twice: a reader that keeps the last would lose the first without a word."""


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
    """The JSON members of a zip archive, Zstandard members included.

    Raises:
        StoreError: the archive, or a member on reading it, is truncated or damaged.
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
        """One member, parsed."""
        info = self._zip.getinfo(name)
        try:
            if info.compress_type == _ZSTD_METHOD:
                return _loads(_unzstd(self._packed(info)))
            return _loads(self._zip.read(info))
        except (zipfile.BadZipFile, zlib.error, OSError, ValueError, pa.ArrowException) as error:
            raise unreadable(self._where, "a zip archive", [f"{name} is damaged: {error}"]) from error

    def _packed(self, info: zipfile.ZipInfo) -> bytes:
        header = self._raw[info.header_offset : info.header_offset + _LOCAL_HEADER]
        start = info.header_offset + _LOCAL_HEADER + int.from_bytes(header[26:28], "little")
        start += int.from_bytes(header[28:30], "little")
        return self._raw[start : start + info.compress_size]


def parse(raw: bytes, where: str) -> tuple[Any, list[tuple[int, dict[str, Any]]] | None]:
    """Parse one JSON document, or JSON lines.

    Returns:
        (document, None) for a file that is one document of more than a line's object, (None, numbered lines) for
        JSON lines.

    Raises:
        StoreError: it is neither; the message says where it breaks.
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
            return _document(head, where), None
        return None, _lines(text, where)
    return _document(text, where), None


def _document(text: str, where: str) -> Any:
    try:
        return _loads(text)
    except (ValueError, RecursionError) as error:
        raise unreadable(where, _guess(text), [_where_it_breaks(text, error)]) from error


def kind_of(value: Any) -> str:
    """A JSON value's kind in JSON's own words."""
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


def _guess(text: str) -> str:
    head = text[:4000]
    if '"eval"' in head and '"hash"' in head:
        return "recognised as EvalPlus"
    if '"question_id"' in head:
        return "recognised as LiveCodeBench"
    if '"eval"' in head and '"version"' in head:
        return "recognised as Inspect"
    if '"doc_id"' in head:
        return "recognised as lm-evaluation-harness"
    if '"task_id"' in head:
        return "recognised as JSON lines of results"
    return "not recognised"


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
