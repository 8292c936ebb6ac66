"""Files of JSON lines, read whole or not at all."""

from __future__ import annotations

import gzip
import json
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

T = TypeVar("T")

JsonObject = Mapping[str, Any]
"""The object of one line."""


def read_json_lines(
    path: AnyPath, build: Callable[[JsonObject], T], what: str, name: Callable[[T], str] | None = None
) -> list[T]:
    """Build a value from each line of a file, which may be compressed with gzip. Blank lines are skipped.

    Args:
        path: the file, in UTF-8; ``-`` for standard input.
        build: makes the value; a ``ValueError``, ``KeyError`` or ``TypeError`` says why a line is bad.
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
    for number, line in enumerate(_text(path, what).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise TypeError("a JSON object was expected")
            value = build(row)
            if name is not None and (first := lines.setdefault(name(value), number)) != number:
                raise ValueError(f"`{name(value)}` occurs more than once, first on line {first}")
            values.append(value)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            faults.append(f"line {number}: {describe(error)}")
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
    return str(error)


def _text(path: Path, what: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return (gzip.decompress(raw) if raw.startswith(GZIP_MAGIC) else raw).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise StudyError(f"{path} is not there", [f"Name a file that holds {what}."]) from error
    except (OSError, EOFError, zlib.error) as error:
        raise StudyError(f"{path} cannot be read", [str(error)]) from error
    except UnicodeDecodeError as error:
        raise StudyError(f"{path} is not UTF-8 text", [str(error)]) from error
