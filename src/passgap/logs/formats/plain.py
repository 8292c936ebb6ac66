"""passgap's own results, and plain ``{"task_id", "passed"}`` lines."""

from __future__ import annotations

from passgap.estimates import Counts
from passgap.logs.formats._columnar import count_plain_lines
from passgap.logs.formats._results_lines import RESULT_FIELDS, read_results_lines
from passgap.logs.formats.base import LogContent, LogFormat, Refusal, fields_of, lines_of
from passgap.logs.imported import ImportedLog, LogBuilder
from passgap.logs.json_content import JsonLines


class PlainResults(LogFormat):
    """``{"task_id", "passed"}`` per line, with an optional ``sample``, ``outcome`` and ``difficulty``."""

    name = "passgap or plain JSON lines"
    position = 10
    files = "passgap results, {task_id, passed} lines"
    marks = ('"task_id"',)

    @property
    def recognised(self) -> str:
        return "recognised as JSON lines of results"

    def recognises(self, content: LogContent) -> bool:
        fields = fields_of(content)
        of_human_eval = "result" in fields and "outcome" not in fields
        if of_human_eval or fields & {"doc_id", "question_id"} or {"n", "c"} <= fields:
            return False
        return fields >= RESULT_FIELDS

    def read(self, content: LogContent, where: str) -> ImportedLog:
        return read_results_lines(lines_of(content), LogBuilder(self.name, where))

    def refusal(self, content: LogContent) -> Refusal | None:
        fields = fields_of(content) if isinstance(content, JsonLines) else frozenset[str]()
        if "task_id" in fields and fields & {"completion", "solution"}:
            return Refusal("samples that were not run", "score them first: `passgap score --tasks TASKS SAMPLES`")
        return None

    def count(self, raw: bytes) -> Counts | None:
        return count_plain_lines(raw)


FORMAT = PlainResults()
