"""Libraries that are imported when they are needed, and an error for people where one is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from passgap.errors import PassgapError


@contextmanager
def needed_for(what: str, requirement: str, fault: type[PassgapError]) -> Iterator[None]:
    """Turn an ImportError into an error that says what to install.

    Args:
        what: what needs the library, as the beginning of a sentence.
        requirement: what to give to ``pip install``, such as ``passgap[local]``.
        fault: the type of the error.

    Raises:
        PassgapError: of type ``fault``: a library is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise fault(
            f"{what} needs a library that is not installed: {error.name}",
            [f"Install what brings it: `pip install '{requirement}'`."],
        ) from error


def imported(place: str) -> Any:
    """Import what ``module:attribute`` names."""
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)
