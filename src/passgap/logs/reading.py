"""Which harness wrote a file: asked of its content, never of its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passgap.errors import StoreError, StudyError
from passgap.logs.formats._columnar import count_plain_lines
from passgap.logs.formats._results_lines import Lines, read_aggregates, read_human_eval, read_plain
from passgap.logs.formats.evalplus import read_evalplus
from passgap.logs.formats.inspect_ai import read_inspect, read_inspect_archive
from passgap.logs.formats.livecodebench import read_livecodebench
from passgap.logs.formats.lm_eval import read_lm_eval
from passgap.logs.imported import ImportedLog, LogFormat, unreadable
from passgap.logs.json_content import Archive, is_archive, kind_of, parse, read_bytes
from passgap.paths import AnyPath

_SUPPORTED = (
    "supported: passgap results, {task_id, passed} lines, {task_id, n, c} lines, human-eval _results.jsonl, EvalPlus "
    "_eval_results.json, LiveCodeBench _eval_all.json, lm-evaluation-harness samples_*.jsonl, Inspect .eval or JSON"
)


def read_log(path: AnyPath, *, samples: bool = True) -> ImportedLog:
    """Read the results of any supported harness, detected by content; gzip and Zstandard are unpacked.

    Args:
        path: the file.
        samples: whether single results are wanted. Without them, plain JSON lines are only counted, some ten times
            faster.

    Raises:
        StoreError: the file is missing, truncated, damaged, mixed up or foreign; the message says what was recognised.
        StudyError: a sample has more than one result, or a problem contradicts itself.
    """
    raw = read_bytes(Path(path))
    try:
        return _read(raw, str(path), samples=samples)
    except StudyError as error:
        raise StudyError(f"{path}: {error.summary}", error.problems) from error


def _read(raw: bytes, where: str, *, samples: bool) -> ImportedLog:
    if is_archive(raw):
        return read_inspect_archive(Archive(raw, where), where)
    counts = None if samples else count_plain_lines(raw)
    if counts is not None:
        return ImportedLog(LogFormat.PLAIN, counts)
    document, lines = parse(raw, where)
    return _from_document(document, where) if lines is None else _from_lines(lines, where)


def _from_lines(lines: Lines, where: str) -> ImportedLog:
    _, first = lines[0]
    keys = set(first)
    if {"doc_id", "doc"} <= keys or {"doc_id", "resps"} <= keys:
        return read_lm_eval(_uniform(lines, "doc_id", where), where)
    if {"task_id", "n", "c"} <= keys:
        return read_aggregates(lines, where)
    if {"task_id", "passed"} <= keys:
        by_human_eval = "result" in keys and "outcome" not in keys
        return read_human_eval(lines, where) if by_human_eval else read_plain(lines, where)
    if "task_id" in keys and keys & {"completion", "solution"}:
        raise _foreign(where, "samples that were not run", "score them first: `passgap score --tasks TASKS SAMPLES`")
    raise _foreign(where, "not recognised", f"JSON lines {_fields(keys)}; {_SUPPORTED}")


def _uniform(lines: Lines, key: str, where: str) -> Lines:
    faults = [f"line {number} has no {key}: another file was mixed in" for number, row in lines if key not in row]
    if faults:
        raise unreadable(where, "recognised as lm-evaluation-harness", faults)
    return lines


def _from_document(document: Any, where: str) -> ImportedLog:
    if isinstance(document, list):
        return _from_list(document, where)
    if not isinstance(document, dict):
        raise _foreign(where, "not recognised", f"{kind_of(document)}; {_SUPPORTED}")
    keys = set(document)
    if isinstance(document.get("eval"), dict):
        if "status" in keys or "plan" in keys:
            return read_inspect(document, where)
        return read_evalplus(document, where)
    if "results" in keys and keys & {"configs", "versions", "n-shot"}:
        raise _foreign(
            where, "the summary of lm-evaluation-harness", "give its samples_*.jsonl, written with --log_samples"
        )
    if {"task_id", "passed"} <= keys or {"task_id", "n", "c"} <= keys:
        return _from_lines([(1, document)], where)
    raise _foreign(where, "not recognised", f"a JSON object {_fields(keys)}; {_SUPPORTED}")


def _from_list(document: list[Any], where: str) -> ImportedLog:
    if not document:
        raise _foreign(where, "not recognised", f"an empty JSON list; was the run finished? {_SUPPORTED}")
    first = document[0]
    if not isinstance(first, dict):
        raise _foreign(where, "not recognised", f"a JSON list that begins with {kind_of(first)}; {_SUPPORTED}")
    if "question_id" in first:
        if "graded_list" not in first:
            raise _foreign(where, "generations of LiveCodeBench", "evaluate them first, and give the _eval_all.json")
        return read_livecodebench(document, where)
    if "pass@1" in first and "detail" in first:
        raise _foreign(where, "the metrics of LiveCodeBench", "give the _eval_all.json that lies beside it")
    if all(isinstance(each, dict) for each in document) and "task_id" in first:
        return _from_lines(list(enumerate(document, start=1)), where)
    raise _foreign(where, "not recognised", f"a JSON list of objects; {_SUPPORTED}")


_SHOWN_FIELDS = 20


def _fields(keys: set[str]) -> str:
    if not keys:
        return "without a field"
    more = f" and {len(keys) - _SHOWN_FIELDS} more" if len(keys) > _SHOWN_FIELDS else ""
    return f"with the fields {', '.join(sorted(keys)[:_SHOWN_FIELDS])}{more}"


def _foreign(where: str, recognised: str, advice: str) -> StoreError:
    return unreadable(where, recognised, [advice])
