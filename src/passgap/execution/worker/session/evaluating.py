"""``eval``, ``exec`` and ``pickle.loads`` in tests: what a program wrote is evaluated in the jail, never in the judge.

``eval(repr(point)) == point`` is a common test. The text is the program's, and outside the jail it could do anything.
"""

from __future__ import annotations

import builtins
import contextlib
import pickle
import sys
from collections.abc import Collection, Iterator
from inspect import isfunction
from typing import Any

from ..exchange.value_types import NotHere, is_of_program
from .session import Session

ORIGINALS: dict[str, Any] = {name: getattr(pickle, name) for name in ("dumps", "loads", "dump", "load", "Unpickler")}


class Evaluator:
    """The functions that tests find under these names.

    Args:
        session: of the program.
        texts: every string literal of the tests; these may be evaluated here.
    """

    def __init__(self, session: Session, texts: Collection[str]) -> None:
        self._session = session
        self._texts = texts
        self._dumped: set[bytes] = set()

    def evaluate(self, source: Any, *scopes: Any) -> Any:
        """Do what ``eval`` does.

        Raises:
            PermissionError: it is compiled code, whose text could be the program's.
        """
        if type(source) is str and source in self._texts:
            return builtins.eval(source, *(scopes or _scopes_of_caller()))  # noqa: S307 - a text of the tests
        return self._session.ask("eval", self._text(source), *_exportable(scopes))

    def execute(self, source: Any, *scopes: Any) -> None:
        """Do what ``exec`` does; without a namespace, names are bound among the program's.

        Raises:
            PermissionError: it is compiled code, whose text could be the program's.
        """
        if type(source) is str and source in self._texts:
            builtins.exec(source, *(scopes or _scopes_of_caller()))  # noqa: S102 - a text of the tests
        else:
            self._session.ask("exec", self._text(source), *_exportable(scopes))

    def _text(self, source: Any) -> Any:
        if isinstance(source, str | bytes) or is_of_program(source):
            return source
        raise PermissionError("tests may evaluate text, not compiled code, which could be the program's")

    def dumps(self, value: Any, *options: Any, **named: Any) -> bytes:
        """Do what ``pickle.dumps`` does; an object of the program is pickled in the jail."""
        try:
            data: bytes = ORIGINALS["dumps"](value, *options, **named)
        except NotHere:
            return self._pickled(value)
        self._dumped.add(data)
        return data

    def _pickled(self, value: Any) -> bytes:
        data = self._session.ask("pickle", value)
        if type(data) is not bytes:
            raise TypeError("a pickle that is not bytes")
        return data

    def loads(self, data: Any, **options: Any) -> Any:
        """Do what ``pickle.loads`` does, in the jail unless the data were pickled here."""
        if isinstance(data, bytes) and bytes(data) in self._dumped:
            return ORIGINALS["loads"](bytes(data), **options)
        return self._session.ask("unpickle", data)

    def load(self, file: Any, **options: Any) -> Any:
        """Do what ``pickle.load`` does with a file that holds one pickle."""
        return self.loads(file.read(), **options)

    def dump(self, value: Any, file: Any, *options: Any, **named: Any) -> None:
        """Do what ``pickle.dump`` does."""
        file.write(self.dumps(value, *options, **named))


def _exportable(scopes: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the namespaces that tests made for this purpose; their own, with all their functions, are not exported."""
    return tuple(scope for scope in scopes if type(scope) is dict and not any(map(isfunction, scope.values())))


def _scopes_of_caller() -> tuple[dict[str, Any], Any]:
    frame = sys._getframe(2)
    return frame.f_globals, frame.f_locals


@contextlib.contextmanager
def evaluating_in_jail(session: Session, texts: Collection[str]) -> Iterator[None]:
    """Let tests find these functions in ``builtins`` and ``pickle`` while they run."""
    own = Evaluator(session, texts)
    session.evaluator = own
    try:
        for name in ("dumps", "loads", "dump", "load"):
            setattr(pickle, name, getattr(own, name))
        pickle.Unpickler = _refused  # type: ignore[misc,assignment]
        yield
    finally:
        for name, value in ORIGINALS.items():
            setattr(pickle, name, value)


def _refused(*_: Any, **__: Any) -> Any:
    raise PermissionError("tests may unpickle by pickle.load and pickle.loads only")
