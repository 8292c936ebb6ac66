"""Output of the commands: results on stdout, as text or as one JSON document; everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer

from passgap.cli.escaping_console import EscapingConsole

stdout: Final = EscapingConsole(stderr=False)
"""Results, for people."""

stderr: Final = EscapingConsole(stderr=True)
"""Progress, notes and errors."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout instead of text.")]


def emit_json(value: Any) -> None:
    """Print one JSON document; a record is printed as its fields. Control characters in it are escaped."""
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("".join(each if each.isprintable() or each == "\n" else _escape(each) for each in text) + "\n")
    sys.stdout.flush()


def emit_refusal(summary: str, problems: Sequence[str] = ()) -> None:
    """Print a refusal as the one JSON document of a command that was asked for JSON."""
    emit_json({"refused": summary, "problems": list(problems)})


def _escape(character: str) -> str:
    r"""A character as JSON escapes it (``\u202e``): as a surrogate pair where it takes more than 16 bits."""
    return json.dumps(character)[1:-1]
