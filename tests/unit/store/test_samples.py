"""Shards of samples keep what a sample is trained on, and shards from before it was kept are still read."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from passgap.records import FinishReason, Sample
from passgap.store import read_samples, write_samples


def sample(index: int, **changes: object) -> Sample:
    known = {"problem_id": "p", "index": index, "completion": "x = 1", "seed": 2**62, "prompt_tokens": 3}
    ended = {"finish_reason": FinishReason.STOP, "completion_tokens": 4}
    return Sample.model_validate({**known, **ended, **changes})


SAMPLES = [
    sample(0, tokens=(5, 6, 7, 2), end_token=2, logprobs=(-0.5, -0.25, -1.0, 0.0)),
    sample(1, tokens=(5, 6, 7, 8), stop="\n```"),
    sample(2, tokens=(5, 6, 7, 8), finish_reason=FinishReason.LENGTH),
    sample(3),
    sample(4, tokens=()),
]


def test_tokens_and_ends_come_back(tmp_path: Path) -> None:
    write_samples(tmp_path / "a.parquet", SAMPLES, {})
    assert read_samples(tmp_path / "a.parquet") == SAMPLES


@pytest.mark.parametrize("left_out", [["tokens", "end_token", "stop"], ["tokens", "end_token", "stop", "logprobs"]])
def test_shards_of_earlier_versions_are_read_with_nothing_known(tmp_path: Path, left_out: list[str]) -> None:
    write_samples(tmp_path / "a.parquet", SAMPLES, {})
    table = pq.read_table(tmp_path / "a.parquet")
    pq.write_table(table.drop_columns(left_out), tmp_path / "b.parquet")
    unknown = dict.fromkeys(left_out)
    assert read_samples(tmp_path / "b.parquet") == [each.model_copy(update=unknown) for each in SAMPLES]
