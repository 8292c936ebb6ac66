"""Lines of texts as files have them, and names as git writes them in patches."""

from __future__ import annotations

import re

_ENDS = re.compile(r"\r?\n")
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


def lines_of(text: str) -> list[str]:
    """The lines of a text without their ends, which are those of Unix or Windows.

    Form feeds and other marks at which :meth:`str.splitlines` divides lines are part of them, as they are for git.
    """
    lines = _ENDS.split(text)
    if not lines[-1]:
        del lines[-1]
    return lines


def unquoted(name: str) -> str:
    """The name of a file: git writes one with unusual characters in quotes, with escapes of its bytes."""
    if not (name.startswith('"') and name.endswith('"') and len(name) > 1):
        return name

    def meant(found: re.Match[bytes]) -> bytes:
        code = found[1]
        return bytes([int(code, 8) & 255]) if len(code) > 1 else _LETTERS.get(code, code)

    return _ESCAPED.sub(meant, name[1:-1].encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def path_of_both(names: str) -> str | None:
    """The path that the first header of a patch names twice (``a/path b/path``); None where it names two."""
    if names.startswith('"'):
        end = re.match(r'"(?:[^"\\]|\\.)*"', names)
        sides = (names[: end.end()], names[end.end() + 1 :]) if end else (names, "")
    else:
        middle = len(names) // 2
        sides = (names[:middle], names[middle + 1 :])
    one, other = (unquoted(side).partition("/")[2] for side in sides)
    return one if one and one == other else None
