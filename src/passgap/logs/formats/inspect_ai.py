"""Inspect: the ``.eval`` archive and the JSON log; epochs are samples."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from passgap.logs.formats.base import LogContent, LogFormat
from passgap.logs.imported import ImportedLog, LogBuilder, difficulty_of, text_of, unreadable
from passgap.logs.json_content import Archive, JsonDocument, kind_of
from passgap.logs.program_digest import program_digest

_SAMPLE = re.compile(r"^samples/.+\.json$")
_JOURNAL = re.compile(r"^_journal/summaries/\d+\.json$")
_WORDS = {"yes": True, "true": True, "no": False, "false": False}
_CORRECT, _PARTIAL, _ANSWERLESS = "C", "P", "N"
_LETTERS = {_CORRECT: True, "I": False, _PARTIAL: False, _ANSWERLESS: False}
"""As in Inspect's own accuracy (1, 0, 0.5 and 0), except that partial credit is not a pass."""


class Inspect(LogFormat):
    """``*.eval``, or its JSON form."""

    name = "Inspect"
    position = 70
    files = "Inspect .eval or JSON"
    marks = ('"eval"', '"version"')

    def recognises(self, content: LogContent) -> bool:
        if isinstance(content, Archive):
            return True
        value = content.value if isinstance(content, JsonDocument) else None
        if not isinstance(value, dict) or not isinstance(value.get("eval"), dict):
            return False
        return bool(value.keys() & {"status", "plan"})

    def read(self, content: LogContent, where: str) -> ImportedLog:
        if isinstance(content, Archive):
            return _read_archive(content, where)
        assert isinstance(content, JsonDocument)
        return _read_document(content.value, where)


FORMAT = Inspect()


def _read_archive(archive: Archive, where: str) -> ImportedLog:
    """Read an ``.eval`` archive: its summaries if there are any, otherwise its samples one by one."""
    names = archive.names
    header = archive.json("header.json") if "header.json" in names else {}
    if "summaries.json" in names:
        samples = archive.json("summaries.json")
    elif journal := sorted(name for name in names if _JOURNAL.match(name)):
        parts = [archive.json(name) for name in journal]
        samples = [sample for part in parts for sample in (part if isinstance(part, list) else [part])]
    else:
        samples = [archive.json(name) for name in names if _SAMPLE.match(name)]
        if not samples:
            raise unreadable(
                where, "a zip archive", ["it is not an Inspect log: it holds neither summaries nor samples"]
            )
    return _read(header, samples, where)


def _read_document(document: dict[str, Any], where: str) -> ImportedLog:
    """Read the JSON form of a log."""
    samples = document.get("samples")
    if not isinstance(samples, list):
        reason = "it has no samples: write the whole log, not its header"
        raise unreadable(where, FORMAT.recognised, [reason])
    return _read(document, samples, where)


def _read(header: Any, found: Any, where: str) -> ImportedLog:
    builder = LogBuilder(FORMAT.name, where)
    if not isinstance(header, dict) or not isinstance(found, list):
        raise unreadable(where, FORMAT.recognised, ["its header or its list of samples is damaged"])
    samples = list(_objects(found, builder))
    if header.get("status", "success") != "success":
        builder.notes.append(f"the run ended with status {header.get('status', 'unknown')}")
    if not header:
        builder.notes.append("the run was stopped before it wrote its header")
    scorer = _scorer(header, samples, builder)
    for asked in _asked(header):
        builder.add_empty(asked)
    for sample in samples:
        name, epoch = text_of(sample.get("id")), sample.get("epoch", 1)
        if name is None or type(epoch) is not int or epoch < 1:
            builder.problems.append(
                f"a sample has the id {sample.get('id')!r} and the epoch {epoch!r}: needed are a text or a number, and "
                f"a whole number of 1 or more"
            )
            continue
        passed = _passed(sample, scorer)
        if isinstance(passed, str):
            builder.problems.append(f"{name}, epoch {epoch}: {passed}")
            continue
        answer = _score(sample, scorer).get("answer")
        metadata = sample.get("metadata")
        builder.add(
            name,
            passed,
            sample=epoch - 1,
            reason=str(_message(sample.get("error")))[:500] if sample.get("error") else "",
            program=program_digest(answer) if isinstance(answer, str) and answer else None,
            difficulty=difficulty_of(metadata.get("difficulty") if isinstance(metadata, dict) else None),
        )
    _note_scores([_score(sample, scorer).get("value") for sample in samples], builder)
    return builder.finish()


def _objects(found: list[Any], builder: LogBuilder) -> Iterator[dict[str, Any]]:
    """Yield the samples that have the form of one, and note the others as problems."""
    for number, sample in enumerate(found, start=1):
        if not isinstance(sample, dict):
            builder.problems.append(f"sample {number} is {kind_of(sample)}, not an object")
        elif not isinstance(sample.get("scores") or {}, dict):
            builder.problems.append(f"sample {number}: its scores are {kind_of(sample['scores'])}, not an object")
        else:
            yield sample


def _asked(header: dict[str, Any]) -> list[str]:
    """The ids of all samples of the data set. The log of an interrupted run holds fewer."""
    described = header.get("eval")
    dataset = described.get("dataset") if isinstance(described, dict) else None
    ids = dataset.get("sample_ids") if isinstance(dataset, dict) else None
    return [name for each in ids if (name := text_of(each))] if isinstance(ids, list) else []


def _note_scores(values: list[Any], builder: LogBuilder) -> None:
    for letter, meaning in ((_PARTIAL, "partial credit"), (_ANSWERLESS, "no answer")):
        count = values.count(letter)
        if count:
            builder.notes.append(f"{count} samples scored {letter} ({meaning}) count as not passed")


def _scorer(header: dict[str, Any], samples: list[dict[str, Any]], builder: LogBuilder) -> str | None:
    """The score that counts: the log's headline score, or else the first one."""
    names = list(dict.fromkeys(name for sample in samples for name in sample.get("scores") or {}))
    results = header.get("results")
    headline = results.get("headline") if isinstance(results, dict) else None
    wanted = headline.get("score") if isinstance(headline, dict) else None
    chosen = wanted if wanted in names else (names[0] if names else None)
    if len(names) > 1:
        builder.notes.append(f"of the scores {', '.join(names)} the one called {chosen} was read")
    return chosen


def _score(sample: dict[str, Any], scorer: str | None) -> dict[str, Any]:
    score = (sample.get("scores") or {}).get(scorer)
    return score if isinstance(score, dict) else {}


def _passed(sample: dict[str, Any], scorer: str | None) -> bool | str | None:
    """Whether a sample passed; None if it was not scored, or a sentence if its score is neither pass nor fail."""
    score = _score(sample, scorer)
    if sample.get("error") or not score:
        return None
    value = score.get("value")
    if isinstance(value, str):
        value = _LETTERS.get(value, _WORDS.get(value.lower(), _number(value)))
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    return f"the score {score.get('value')!r} is neither pass nor fail"


def _number(text: str) -> float | str:
    """The text as a number if it is one, otherwise the text."""
    try:
        return float(text)
    except ValueError:
        return text


def _message(error: Any) -> Any:
    return error.get("message", error) if isinstance(error, dict) else error
