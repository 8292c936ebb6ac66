"""The form of a program's answers, and which answers hold whenever they are looked at."""

from __future__ import annotations

from typing import Any

from ..stops import BadAnswer

MAX_LINKED = 10
"""How long a chain of causes of an exception may be."""
Answer = list[Any]
"""["ok", node] or ["ok", node, argument nodes], ["err", class node, names of the built-in bases, text, argument nodes
or None, number or None, [nodes of attributes by name, cause, context, whether that is left out]], where a group has
[message, members] at the end of the last list, or ["again", number of an exception of the tests]; in a conversation the
changes follow."""

DECODED = "decoded"
"""The first part of an answer whose value is decoded already."""
ALONE = frozenset("tfibcr:DFTPgvpu")
"""Tags of immutable values of which nothing stays in the jail."""
MUTABLE = frozenset("lsdqBne")


def stands_alone(node: Any, copies_do: bool) -> bool:
    """Whether a node encodes a value completely, so that a copy will do."""
    if type(node) is not list:
        return True
    if not node or type(node[0]) is not str or not (node[0] in ALONE or (copies_do and node[0] in MUTABLE)):
        return False
    return node[0] == "n" or all(stands_alone(part, copies_do) for part in node[1:] if type(part) is list)


def checked(answer: Any, depth: int = 0) -> Answer:
    """Return ``answer`` if it has the form of one.

    Raises:
        BadAnswer: it has not.
    """
    if depth > MAX_LINKED:
        raise BadAnswer("too long a chain of exceptions")
    if type(answer) is not list or len(answer) < 2 or answer[0] not in ("ok", "err", "again"):
        raise BadAnswer("a message that is not an answer")
    if answer[0] == "err":
        shape = [type(part) for part in answer[1:4]]
        if len(answer) != 7 or shape != [list, list, str] or len(answer[1]) < 2 or answer[1][0] not in ("g", "x"):
            raise BadAnswer("a malformed exception")
        if not all(type(base) is str for base in answer[2]) or type(answer[4]) not in (list, type(None)):
            raise BadAnswer("a malformed exception")
        if type(answer[5]) not in (int, type(None)) or (answer[1][0] == "x" and len(answer[1]) not in (4, 5)):
            raise BadAnswer("a malformed exception")
        _check_more(answer[6], depth)
    return answer


def _check_more(more: Any, depth: int) -> None:
    if type(more) is not list or [type(part) for part in (more[:1] + more[3:4])] != [dict, bool] or len(more) > 5:
        raise BadAnswer("a malformed exception")
    for group in more[4:]:
        if type(group) is not list or [type(part) for part in group] != [str, list]:
            raise BadAnswer("a malformed group of exceptions")
        for member in group[1]:
            checked(member, depth + 1)
    for linked in more[1:3]:
        if linked is not None:
            checked(linked, depth + 1)
