"""Fast counting of large files of plain results, column by column, without a record per sample."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from passgap.estimates import Counts, counts_from_columns
from passgap.logs.imported import difficulty_of
from passgap.records import DEFAULT_LANGUAGE, OutcomeKind

_SCHEMA = pa.schema(
    [
        ("task_id", pa.string()),
        ("sample", pa.int64()),
        ("passed", pa.bool_()),
        ("outcome", pa.string()),
        ("difficulty", pa.string()),
        ("language", pa.string()),
    ]
)


def count_plain_lines(raw: bytes) -> Counts | None:
    """Count passgap's own results. Return None for any other file, which is then read line by line.

    Also return None for any irregularity (a missing field, a repeated sample, an outcome that contradicts ``passed``):
    the line-by-line reader reports it with its place.
    """
    if not _is_plain(raw):
        return None
    try:
        options = pj.ParseOptions(explicit_schema=_SCHEMA, unexpected_field_behavior="ignore")
        table = pj.read_json(pa.BufferReader(raw), parse_options=options)
    except pa.ArrowException:
        return None
    return _count(table)


def _is_plain(raw: bytes) -> bool:
    first = raw.lstrip().split(b"\n", 1)[0]
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and {"task_id", "sample", "passed", "outcome"} <= set(value)


def _count(table: Any) -> Counts | None:
    columns = {name: table.column(name).combine_chunks() for name in _SCHEMA.names}
    if columns["task_id"].null_count or columns["sample"].null_count or columns["outcome"].null_count:
        return None
    named_passed = np.asarray(pc.equal(columns["outcome"], OutcomeKind.PASSED.value))
    named_unscored = np.asarray(pc.equal(columns["outcome"], OutcomeKind.UNSCORED.value))
    unscored = np.asarray(pc.is_null(columns["passed"]))
    passed = np.asarray(pc.fill_null(columns["passed"], False))
    known = np.asarray(pc.is_in(columns["outcome"], pa.array([str(kind) for kind in OutcomeKind])))
    if not known.all() or (unscored != named_unscored).any() or (passed != named_passed).any():
        return None
    tasks = columns["task_id"].dictionary_encode()
    codes, names = np.asarray(tasks.indices, dtype=np.int64), tasks.dictionary.to_pylist()
    samples = np.asarray(columns["sample"], dtype=np.int64)
    if samples.min() < 0 or len(np.unique(codes * (samples.max() + 1) + samples)) != len(codes):
        return None
    spelled = pc.fill_null(columns["difficulty"], "").unique().to_pylist()
    named = pc.index_in(pc.fill_null(columns["difficulty"], ""), pa.array(spelled, pa.string()))
    difficulties = _of_tasks(pa.array([difficulty_of(each) for each in spelled], pa.string()).take(named), codes)
    languages = _of_tasks(pc.fill_null(columns["language"], DEFAULT_LANGUAGE), codes)
    if not len(names) == len(difficulties) == len(languages):
        return None
    return counts_from_columns(
        names,
        np.bincount(codes[~unscored], minlength=len(names)),
        np.bincount(codes[passed], minlength=len(names)),
        difficulties=difficulties,
        languages=languages,
        unscored=np.bincount(codes[unscored], minlength=len(names)),
    )


def _of_tasks(labels: Any, codes: npt.NDArray[np.int64]) -> list[str]:
    """The label of each task, in the order of the codes; more labels than tasks where a task has several."""
    encoded = labels.dictionary_encode()
    count = len(encoded.dictionary)
    pairs = np.unique(codes * count + np.asarray(encoded.indices, dtype=np.int64))
    found: list[str] = encoded.dictionary.take(pa.array(pairs % count)).to_pylist()
    return found
