"""The record of a search, call by call: a killed search is replayed from it without a sample or a pickle."""

from __future__ import annotations

import json
from collections import Counter
from types import TracebackType
from typing import Any, Self

from passgap.records import digest_of
from passgap.store import Artifact, Journal

CALLS = "calls.jsonl"


class SearchRecords:
    """The finished calls of a search, by what they are of and by how often the same was asked before.

    Given the same answers, a search takes the same steps: where one was killed, the next one is given what is recorded
    and goes on from there.
    """

    def __init__(self, artifact: Artifact) -> None:
        self._journal = Journal(artifact.path(CALLS), artifact.digest)
        rows = [json.loads(line) for line in self._journal.kept]
        self._known: dict[str, dict[str, Any]] = {row["key"]: row["value"] for row in rows}
        self._asked: Counter[str] = Counter()
        self._used: list[str] = []

    def key(self, *of: str) -> tuple[str, int]:
        """The key of a call, and how many calls of the same there were before it."""
        same = digest_of(list(of))
        self._asked[same] += 1
        number = self._asked[same] - 1
        return f"{same[:24]}-{number}", number

    def recall(self, key: str) -> dict[str, Any] | None:
        """The answer that an earlier run got to this call; None where it did not come to it."""
        return self._known.get(key)

    def keep(self, key: str, value: dict[str, Any]) -> None:
        """Write down what this run got."""
        self._known[key] = value
        self._journal.add(json.dumps({"key": key, "value": value}))

    def finish(self) -> None:
        """Make the file of all calls."""
        self._journal.finish(json.dumps({"key": key, "value": value}) for key, value in self._known.items())

    def values(self, kind: str) -> list[dict[str, Any]]:
        """Everything of a kind: ``trial`` or ``reflection``."""
        return [value for value in self._known.values() if value["kind"] == kind]

    def __enter__(self) -> Self:
        self._journal.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._journal.__exit__(kind, error, trace)
