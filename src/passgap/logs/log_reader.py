"""Read the results of any supported harness: the content says which one wrote a file, never its name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from passgap.errors import StoreError, StudyError
from passgap.logs.compression import is_archive, read_bytes
from passgap.logs.formats import FORMATS
from passgap.logs.formats.base import LogContent
from passgap.logs.imported import ImportedLog, unreadable
from passgap.logs.json_content import Archive, JsonLines, kind_of, parse
from passgap.paths import AnyPath


def read_log(path: AnyPath, *, samples: bool = True) -> ImportedLog:
    """Read the results of any supported harness, recognised by content; gzip and Zstandard are unpacked.

    Args:
        path: the file.
        samples: whether single results are wanted. Without them, plain JSON lines are only counted, some ten times
            faster.

    Raises:
        StoreError: the file is missing, truncated, damaged, mixed up or foreign; the message says what was recognised.
        StudyError: a sample has more than one result, or a problem contradicts itself.
    """
    raw = read_bytes(Path(path))
    try:
        return _read(raw, str(path), samples=samples)
    except StudyError as error:
        raise StudyError(f"{path}: {error.summary}", error.problems) from error


def _read(raw: bytes, where: str, *, samples: bool) -> ImportedLog:
    if not samples and not is_archive(raw):
        for each in FORMATS.values():
            counts = each.count(raw)
            if counts is not None:
                return ImportedLog(each.name, counts)
    content: LogContent = Archive(raw, where) if is_archive(raw) else parse(raw, where, _guess)
    for each in FORMATS.values():
        if each.recognises(content):
            return each.read(content, where)
    raise _refused(content, where)


def _refused(content: LogContent, where: str) -> StoreError:
    for each in FORMATS.values():
        refusal = each.refusal(content)
        if refusal is not None:
            return unreadable(where, refusal.recognised, [refusal.advice])
    supported = f"supported: {', '.join(each.files for each in FORMATS.values())}"
    return unreadable(where, "not recognised", [f"{_described(content)} {supported}"])


def _guess(head: str) -> str:
    """Say what a file that is not JSON was recognised as, from its beginning."""
    marked = [each for each in FORMATS.values() if each.marks and all(mark in head for mark in each.marks)]
    return marked[-1].recognised if marked else "not recognised"


def _described(content: LogContent) -> str:
    """The kind of content in words, as a clause."""
    if isinstance(content, Archive):
        return "a zip archive;"
    if isinstance(content, JsonLines):
        return f"JSON lines {_fields(content.lines[0][1])};"
    value: Any = content.value
    if isinstance(value, dict):
        return f"a JSON object {_fields(value)};"
    if not isinstance(value, list):
        return f"{kind_of(value)};"
    if not value:
        return "an empty JSON list; was the run finished?"
    return (
        "a JSON list of objects;"
        if isinstance(value[0], dict)
        else f"a JSON list that begins with {kind_of(value[0])};"
    )


_SHOWN_FIELDS = 20


def _fields(names: Iterable[str]) -> str:
    listed = sorted(names)
    if not listed:
        return "without a field"
    more = f" and {len(listed) - _SHOWN_FIELDS} more" if len(listed) > _SHOWN_FIELDS else ""
    return f"with the fields {', '.join(listed[:_SHOWN_FIELDS])}{more}"
