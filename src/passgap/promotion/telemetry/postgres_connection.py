"""Connections to the PostgreSQL database that gateways share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Self

import psycopg

from passgap.errors import StoreError

_CONNECT_SECONDS = 10
_SILENT_MILLISECONDS = 10_000
"""After how long a database that has gone without a word counts as unreachable."""


class SharedDatabase:
    """A study's part of a database that several machines share; a context that closes the connection.

    Args:
        url: of the database, as libpq takes it.
        study: the name under which it is kept; several studies may share a database.

    Raises:
        StoreError: the database cannot be reached, or refuses.
    """

    tables: ClassVar[Sequence[str]] = ()
    """The statements that make its tables."""

    def __init__(self, url: str, study: str) -> None:
        self._study = study
        self._connection = connected(url, self.tables)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def told_as_store_errors() -> Iterator[None]:
    """A context, or a decorator, that turns an error of the database into one for people.

    The address of the database, which may hold a password, is not in it.
    """
    try:
        yield
    except psycopg.Error as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise StoreError("the shared store cannot be used", [said[0]]) from error


@told_as_store_errors()
def connected(url: str, tables: Sequence[str]) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection to a database in which these tables are made if they are not there.

    Raises:
        StoreError: the database cannot be reached, or refuses.
    """
    connection = psycopg.connect(
        url,
        connect_timeout=_CONNECT_SECONDS,
        application_name="passgap",
        autocommit=True,
        tcp_user_timeout=_SILENT_MILLISECONDS,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
    )
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(7061737367617000)")
        for each in tables:
            connection.execute(each.encode())
    return connection
