"""Shards of samples keep what a sample is trained on, and shards from before it was kept are still read."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from passgap.errors import StoreError
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


def _sample(problem: str, index: int, text: str) -> Sample:
    return Sample(
        problem_id=problem,
        index=index,
        completion=text,
        finish_reason=FinishReason.STOP,
        seed=2**62,
        prompt_tokens=5,
        completion_tokens=7,
    )


def test_samples_survive_the_way_to_disk_and_back(tmp_path: Path) -> None:
    samples = [_sample("b", 1, "x = 'é\u2028\\n'\n"), _sample("b", 0, ""), _sample("a", 0, "\x00\t\r\n")]
    write_samples(tmp_path / "s.parquet", samples, {"seed": 1})
    assert read_samples(tmp_path / "s.parquet") == [samples[2], samples[1], samples[0]]


def test_kept_logprobs_survive_in_single_precision(tmp_path: Path) -> None:
    kept = _sample("a", 0, "x").model_copy(update={"logprobs": (-0.5, -2.25, 0.0)})
    write_samples(tmp_path / "s.parquet", [kept, _sample("b", 0, "y")], {})
    assert read_samples(tmp_path / "s.parquet") == [kept, _sample("b", 0, "y")]


def test_a_shard_from_before_logprobs_were_kept_is_read(tmp_path: Path) -> None:
    write_samples(tmp_path / "s.parquet", [_sample("a", 0, "x")], {})
    pq.write_table(pq.read_table(tmp_path / "s.parquet").drop_columns("logprobs"), tmp_path / "old.parquet")
    assert read_samples(tmp_path / "old.parquet") == [_sample("a", 0, "x")]


def test_a_damaged_shard_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "s.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(StoreError, match="cannot be read") as caught:
        read_samples(tmp_path / "s.parquet")
    assert "generated again" in caught.value.problems[0]
