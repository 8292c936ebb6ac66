"""Records the calls that tests make of one program, so that they can be made of the next one all at once."""

from __future__ import annotations

from typing import Any

from ..exchange.frames import to_json
from ..exchange.value_encoder import Encoder
from ..exchange.value_types import TooDeep
from .names import Names

Call = list[Any]
"""[name, argument nodes, keyword nodes, whether arguments are copied back]."""


class Foresight:
    """The calls that a problem's tests made of a program that passed.

    Most tests make the same calls of every program, be it in loops or with numbers drawn from a seeded generator. Then
    they can be made all at once and each be looked up when the tests come to it. Where the tests ask for anything
    else, the program is run again without foresight, in a new process.
    """

    def __init__(self, calls: list[Call]) -> None:
        self.calls = calls
        self.body = to_json(calls)


class CallRecorder:
    """Records the calls that tests make of a program one by one.

    Args:
        names: of the program.
        recording: whether the calls are wanted.
    """

    def __init__(self, names: Names, recording: bool) -> None:
        self._names = names
        self._plain = Encoder(_refuse)
        self.calls: list[Call] | None = [] if recording else None
        """The calls made so far; None if something was asked that no other program could answer, or an argument was
        changed, since the next call with it would tell the next program how."""

    def drop(self) -> None:
        """Stop recording: the calls do not suit another sample."""
        self.calls = None

    def add(self, function: Any, args: list[Any], keywords: dict[str, Any]) -> None:
        """Record a call."""
        if self.calls is not None:
            call = self.described(function, args, keywords)
            if call is None:
                self.calls = None
            else:
                self.calls.append(call)

    def described(self, function: Any, args: list[Any], keywords: dict[str, Any]) -> Call | None:
        """Return the call in a form that suits any program; None if there is none."""
        try:
            name = self._names.of(function.passgap_number)
            nodes = [self._plain.encode(arg) for arg in args]
            words = {key: self._plain.encode(value) for key, value in keywords.items()}
        except (LookupError, AttributeError, TooDeep):
            return None
        return [name, nodes, words, True]


def _refuse(value: object) -> Any:
    raise LookupError(type(value).__name__)
