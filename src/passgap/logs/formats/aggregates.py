"""Aggregates: ``{"task_id", "n", "c"}`` per line, the samples of a problem and those that passed."""

from __future__ import annotations

from typing import Any

from passgap.estimates import aggregate_faults, counts_from_aggregates
from passgap.logs.formats.base import LogContent, LogFormat, fields_of, lines_of
from passgap.logs.imported import ImportedLog, difficulty_of, text_of, unreadable

_FIELDS = {"task_id", "n", "c"}


class Aggregates(LogFormat):
    """``{"task_id", "n", "c"}`` per line, with an optional ``difficulty`` and ``unscored``."""

    name = "aggregates"
    position = 20
    files = "{task_id, n, c} lines"

    def recognises(self, content: LogContent) -> bool:
        fields = fields_of(content)
        return fields >= _FIELDS and not fields & {"doc_id", "question_id"}

    def read(self, content: LogContent, where: str) -> ImportedLog:
        lines = lines_of(content)
        rows = [{**row, "task_id": text_of(row.get("task_id")), "difficulty": _label(row)} for _, row in lines]
        problems = aggregate_faults(rows, [number for number, _ in lines])
        if problems:
            raise unreadable(where, self.recognised, problems)
        return ImportedLog(self.name, counts_from_aggregates(rows))


FORMAT = Aggregates()


def _label(row: dict[str, Any]) -> str:
    """The name of a slice, which may be a number, such as a rating."""
    label = row.get("difficulty")
    return difficulty_of(label if isinstance(label, str) or not label else str(label))
