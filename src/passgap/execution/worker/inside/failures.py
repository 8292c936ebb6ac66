"""Encodes the exceptions of a sample's program as answers."""

from __future__ import annotations

from typing import Any

from ..exchange.frames import to_json
from ..exchange.value_encoder import Encoder
from ..exchange.value_types import TooDeep
from .program_objects import ProgramObjects
from .tests_proxies import TestsProxy, number_of

MESSAGE_LENGTH = 2000
ARGUMENTS_LENGTH = 20_000
"""The longest JSON of an exception's plain arguments; beyond it, tests get the text alone."""
MEMBERS = 100
"""The most exceptions of a group that are sent."""
CAUSES = 4
"""How many exceptions a chain of causes may have."""
OF_BUILT_IN = ("filename", "filename2", "name", "path", "__notes__")
"""Attributes that built-in exceptions have besides their arguments."""


def failure(objects: ProgramObjects, error: BaseException, depth: int = 0) -> Any:
    """Return an exception as an answer; never raises, whatever the program's own class does."""
    kind = type(error)
    if isinstance(proxy := getattr(error, "passgap_proxy", None), TestsProxy):
        return ["again", number_of(proxy)]
    bases = [base.__name__ for base in kind.__mro__ if base.__module__ == "builtins"]
    try:
        text = str.__str__(str(error))[:MESSAGE_LENGTH]
    except BaseException:  # noqa: BLE001 - a program's own __str__
        text = ""
    node = objects.exception_class(kind)
    arguments = _plain_node(BaseException.args.__get__(error))  # type: ignore[attr-defined]
    nodes = arguments[1:] if arguments is not None else None
    number = objects.number(error) if node[0] == "x" else None
    return ["err", node, bases, text, nodes, number, _more_of(objects, error, depth)]


def _more_of(objects: ProgramObjects, error: BaseException, depth: int) -> list[Any]:
    """Return an exception's attributes by name, its cause and context, and whether the context is left out."""
    state: dict[str, Any] = {}
    own = error.__dict__ if type(error).__module__ == "builtins" else {}
    names = [*OF_BUILT_IN, *(name for name in own if type(name) is str and name[:1] != "_")]
    for name in names:
        value = getattr(error, name, None)
        if value is not None and (node := _plain_node(value)) is not None:
            state[name] = node
    linked = [error.__cause__, error.__context__]
    below = [failure(objects, one, depth + 1) if one is not None and depth < CAUSES else None for one in linked]
    group = []
    if isinstance(error, BaseExceptionGroup) and depth < CAUSES:
        message = str.__str__(BaseExceptionGroup.message.__get__(error))[:MESSAGE_LENGTH]
        members = BaseExceptionGroup.exceptions.__get__(error)[:MEMBERS]
        group = [[message, [failure(objects, one, depth + 1) for one in members]]]
    return [state, *below, bool(error.__suppress_context__), *group]


def _plain_node(value: Any) -> Any:
    """Return the node of a value that is plain and short; None for any other."""
    try:
        node = _PLAIN.encode(value)
        return node if len(to_json(node)) < ARGUMENTS_LENGTH else None
    except (TooDeep, RecursionError, LookupError):
        return None


def _refuse(value: object, *_: Any) -> Any:
    raise LookupError(type(value).__name__)


_PLAIN = Encoder(_refuse)
