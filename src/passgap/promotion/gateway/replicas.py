"""The gateways of a study on several machines, in their PostgreSQL database: the state that they share, who lives."""

from __future__ import annotations

import json

from pydantic import ValidationError

from passgap.promotion.gateway.status import ALIVE_SECONDS, GatewayStatus
from passgap.promotion.telemetry.postgres_connection import SharedDatabase, told_as_store_errors

_TABLES = (
    "CREATE TABLE IF NOT EXISTS passgap_state (study text NOT NULL, name text NOT NULL, version bigint NOT NULL, "
    "value json, PRIMARY KEY (study, name))",
    "CREATE TABLE IF NOT EXISTS passgap_gateways (study text NOT NULL, instance text NOT NULL, "
    "seen timestamptz NOT NULL, status json NOT NULL, PRIMARY KEY (study, instance))",
)

_WRITE = """
INSERT INTO passgap_state (study, name, version, value) VALUES (%(study)s, %(name)s, %(version)s, %(value)s)
ON CONFLICT (study, name) DO UPDATE SET version = excluded.version, value = excluded.value
WHERE passgap_state.version = %(after)s
"""

_SEEN = """
INSERT INTO passgap_gateways (study, instance, seen, status) VALUES (%s, %s, now(), %s)
ON CONFLICT (study, instance) DO UPDATE SET seen = excluded.seen, status = excluded.status
"""

_ALIVE = """
SELECT status::text FROM passgap_gateways
WHERE study = %s AND seen > now() - make_interval(secs => %s) ORDER BY instance
"""


class Replicas(SharedDatabase):
    """The shared state of one study."""

    tables = _TABLES

    @told_as_store_errors()
    def read_value(self, name: str) -> tuple[int, str | None]:
        """See :class:`~passgap.promotion.gateway.shared_state.SharedState`."""
        found = self._connection.execute(
            "SELECT version, value::text FROM passgap_state WHERE study = %s AND name = %s", (self._study, name)
        ).fetchone()
        return (int(found[0]), found[1]) if found is not None else (0, None)

    @told_as_store_errors()
    def write_value(self, name: str, value: str | None, *, after: int, version: int) -> bool:
        """See :class:`~passgap.promotion.gateway.shared_state.SharedState`."""
        values = {"study": self._study, "name": name, "version": version, "value": value, "after": after}
        return self._connection.execute(_WRITE, values).rowcount == 1

    @told_as_store_errors()
    def report(self, status: GatewayStatus) -> None:
        """Say that a gateway is alive, and in which state.

        Raises:
            StoreError: the database cannot be reached, or refuses.
        """
        self._connection.execute(_SEEN, (self._study, status.instance, status.model_dump_json()))

    @told_as_store_errors()
    def leave(self, instance: str) -> None:
        """Say that a gateway has ended, and forget those that were not seen for a day.

        Raises:
            StoreError: the database cannot be reached, or refuses.
        """
        self._connection.execute(
            "DELETE FROM passgap_gateways WHERE study = %s AND (instance = %s OR seen < now() - interval '1 day')",
            (self._study, instance),
        )

    @told_as_store_errors()
    def gateways(self) -> list[GatewayStatus]:
        """The statuses of the gateways that are alive, on all machines.

        Raises:
            StoreError: the database cannot be reached, or refuses.
        """
        rows = self._connection.execute(_ALIVE, (self._study, ALIVE_SECONDS)).fetchall()
        found = []
        for (text,) in rows:
            try:
                found.append(GatewayStatus.model_validate(json.loads(text)))
            except ValidationError:  # of another version of passgap
                continue
        return found
