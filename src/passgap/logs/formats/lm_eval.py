"""lm-evaluation-harness: ``samples_*.jsonl``, one line per problem and filter."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from passgap.estimates import pass_at_k
from passgap.logs.formats.base import LogContent, LogFormat, Refusal, lines_of
from passgap.logs.imported import ImportedLog, LogBuilder, difficulty_of, text_of, unreadable
from passgap.logs.json_content import JsonDocument, JsonLines
from passgap.logs.program_digest import program_digest

_PASS_AT = re.compile(r"^pass(?:@|_at_)(\d+)$")
_BINARY = ("acc", "exact_match")


class LmEval(LogFormat):
    """``samples_*.jsonl``, written with ``--log_samples``."""

    name = "lm-evaluation-harness"
    position = 60
    files = "lm-evaluation-harness samples_*.jsonl"
    marks = ('"doc_id"',)

    def recognises(self, content: LogContent) -> bool:
        fields = content.lines[0][1].keys() if isinstance(content, JsonLines) else set[str]()
        return "doc_id" in fields and bool(fields & {"doc", "resps"})

    def read(self, content: LogContent, where: str) -> ImportedLog:
        lines: list[tuple[int, dict[str, Any]]] = lines_of(content)
        mixed = [number for number, row in lines if "doc_id" not in row]
        if mixed:
            problems = [f"line {number} has no doc_id: another file was mixed in" for number in mixed]
            raise unreadable(where, self.recognised, problems)
        return _read(lines, where)

    def refusal(self, content: LogContent) -> Refusal | None:
        value = content.value if isinstance(content, JsonDocument) else None
        if isinstance(value, dict) and "results" in value and value.keys() & {"configs", "versions", "n-shot"}:
            return Refusal(
                "the summary of lm-evaluation-harness", "give its samples_*.jsonl, written with --log_samples"
            )
        return None


FORMAT = LmEval()


def _read(lines: list[tuple[int, dict[str, Any]]], where: str) -> ImportedLog:
    """Read the problems of one task.

    The harness writes pass@k per problem, not the outcome of each sample. The number of samples that passed follows
    from it, but not which ones they were. If several filters were applied, the first one counts.
    """
    builder = LogBuilder(FORMAT.name, where)
    filters = list(dict.fromkeys(str(row.get("filter", "none")) for _, row in lines))
    if len(filters) > 1:
        builder.notes.append(f"of the filters {', '.join(filters)} the first was read")
    builder.notes.append("which of a problem's samples passed is not in this log, only how many")
    seen: dict[str, int] = {}
    for number, row in lines:
        if str(row.get("filter", "none")) != filters[0]:
            continue
        name = _name(row)
        if name in seen:
            builder.problems.append(f"line {number}: {name} again, after line {seen[name]}: two runs in one file")
            continue
        seen[name] = number
        samples = _samples(row)
        if not samples:
            builder.add_empty(name, difficulty_of(_doc(row).get("difficulty")))
            continue
        found = _passed(row, len(samples))
        if isinstance(found, str):
            builder.problems.append(f"line {number} ({name}): {found}")
            continue
        programs = [program_digest(each) for each in samples if isinstance(each, str)]
        certain = found in (0, len(samples)) and len(programs) == len(samples)
        for index in range(len(samples)):
            builder.add(
                name,
                index < found,
                sample=index,
                program=programs[index] if certain else None,
                difficulty=difficulty_of(_doc(row).get("difficulty")),
            )
    return builder.finish()


def _doc(row: dict[str, Any]) -> dict[str, Any]:
    doc = row.get("doc")
    return doc if isinstance(doc, dict) else {}


def _name(row: dict[str, Any]) -> str:
    return text_of(_doc(row).get("task_id")) or str(row["doc_id"])


def _samples(row: dict[str, Any]) -> list[Any]:
    """The problem's samples: the responses to one request, or a single unknown one if the log keeps no responses."""
    kept = [row[key] for key in ("filtered_resps", "resps") if isinstance(row.get(key), list)]
    for responses in kept:
        if responses:
            return responses[0] if isinstance(responses[0], list) else responses
    return [] if kept else [None]


def _passed(row: dict[str, Any], samples: int) -> int | str:
    """The number of samples that passed, or why it cannot be determined."""
    scores = sorted((int(match[1]), row[key]) for key in row if (match := _PASS_AT.match(key)))
    binary = [row[key] for key in _BINARY if key in row]
    if not scores and not binary:
        return f"has no pass@k, {' or '.join(_BINARY)} among its metrics {row.get('metrics')}"
    if not scores:
        return int(binary[0]) if samples == 1 and binary[0] in (0, 1) else f"cannot read {binary[0]!r} as passed or not"
    k, value = scores[0]
    if not isinstance(value, int | float) or not math.isfinite(value) or not k <= samples:
        return f"pass@{k} = {value!r} cannot come from {samples} samples"
    every = np.arange(samples + 1)
    matches = np.flatnonzero(np.abs(pass_at_k(np.full(samples + 1, samples), every, k) - value) < 1e-6)
    if len(matches) != 1:
        return f"pass@{k} = {value} leaves open how many of {samples} samples passed"
    return int(matches[0])
