"""Sampling is resumed from its finished shards and holds the engine to its contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest

from passgap.errors import EngineError
from passgap.ports import EngineIdentity, Progress, SampleRequest
from passgap.records import Decoding, FinishReason, Prompt, Sample
from passgap.stages import SamplingPlan, Silent, StageContext, sample, sampling_artifact
from passgap.store import StudyFolder

DECODING = Decoding(temperature=1.0, top_p=0.9, max_new_tokens=8)


TICK = 1 / 64


class Ticking:
    """A clock that moves a little each time it is read."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 4, 1, tzinfo=dt.UTC)

    def monotonic(self) -> float:
        self.seconds += TICK
        return self.seconds


class Scripted:
    """Answers with the seed; breaks or lies where it is told to."""

    def __init__(self, *, break_at: int | None = None, lie: str = "", concurrency: int = 1, devices: int = 1) -> None:
        self.asked: list[str] = []
        self.concurrency = concurrency
        self.devices = devices
        self._break_at = break_at
        self._lie = lie

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(engine="scripted", model="m", model_digest="d", dtype="none", device="none")

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        for request in requests:
            self.asked.append(request.problem_id)
            if self._break_at is not None and len(self.asked) > self._break_at:
                raise EngineError("the engine died")
            for index, seed in zip(request.indices, request.seeds, strict=True):
                if self._lie == "missing" and index == 1:
                    continue
                drawn = Sample(
                    problem_id=request.problem_id,
                    index=index,
                    completion=f"answer {seed}",
                    finish_reason=FinishReason.LENGTH if index == 0 else FinishReason.STOP,
                    seed=seed + 1 if self._lie == "seed" else seed,
                    prompt_tokens=3,
                    completion_tokens=4,
                )
                yield drawn
                if self._lie == "twice":
                    yield drawn

    def close(self) -> None:
        pass


def plan(problems: int = 300, **changes: object) -> SamplingPlan:
    prompts = tuple((f"p{number:03d}", Prompt(user=f"question {number}")) for number in range(problems))
    return SamplingPlan.model_validate(
        {"name": "base-heldout", "prompts": prompts, "decoding": DECODING, "per_prompt": 4, "seed": 1, **changes}
    )


def at(folder: Path) -> StageContext:
    return StageContext(folder=StudyFolder(folder), clock=Ticking(), progress=Silent())


def drawn(folder: Path, engine: Scripted, chosen: SamplingPlan) -> list[Sample]:
    return list(sample(chosen, engine, at(folder)).samples())


def test_every_sample_is_drawn_once_and_counted(tmp_path: Path) -> None:
    artifact = sample(plan(), Scripted(), at(tmp_path))
    assert len({(each.problem_id, each.index) for each in artifact.samples()}) == 1200
    assert artifact.manifest.samples == 1200
    assert artifact.manifest.truncated == 300
    assert artifact.manifest.tokens == 4800
    assert artifact.manifest.prompt_tokens == 3600


def test_a_broken_run_goes_on_from_its_last_shard_and_ends_as_if_it_had_not_broken(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="died"):
        drawn(tmp_path / "broken", Scripted(break_at=200), plan())
    assert not list((tmp_path / "broken").rglob("manifest.json"))
    engine = Scripted()
    resumed = drawn(tmp_path / "broken", engine, plan())
    assert engine.asked[0] == "p001", "the first shard, of every second prompt, is not drawn again"
    assert resumed == drawn(tmp_path / "whole", Scripted(), plan())


def test_calls_draw_their_shards_side_by_side_and_one_that_breaks_stops_the_others(tmp_path: Path) -> None:
    whole = drawn(tmp_path / "whole", Scripted(concurrency=3), plan())
    assert len({(each.problem_id, each.index) for each in whole}) == 1200
    with pytest.raises(EngineError, match="died"):
        drawn(tmp_path / "broken", Scripted(break_at=150, concurrency=3), plan())
    engine = Scripted(concurrency=3)
    assert drawn(tmp_path / "broken", engine, plan()) == whole
    assert len(engine.asked) in {100, 200, 300}, "shards are drawn again whole or not at all"


def test_a_lane_that_breaks_does_not_wait_for_the_answers_of_the_others(tmp_path: Path) -> None:
    closed = Event()

    class Waiting(Scripted):
        """One shard breaks, and the other has an answer only when the engine is closed."""

        def sample(self, requests: Sequence[SampleRequest], decoding: Decoding, **_: object) -> Iterator[Sample]:
            if requests[0].problem_id == "p000":
                raise EngineError("the engine died")
            assert closed.wait(600.0)
            raise EngineError("closed")
            yield

        def close(self) -> None:
            closed.set()

    with pytest.raises(EngineError, match="died"):
        drawn(tmp_path, Waiting(concurrency=2), plan())
    assert closed.is_set()


def test_every_device_and_every_broken_run_counts_towards_the_time(tmp_path: Path) -> None:
    """The clock moves with each sample, and a little at the beginning and the end of a run."""
    one = sample(plan(), Scripted(), at(tmp_path / "one"))
    two = sample(plan(), Scripted(devices=2), at(tmp_path / "two"))
    assert two.manifest.seconds == 2 * one.manifest.seconds
    with pytest.raises(EngineError, match="died"):
        drawn(tmp_path / "broken", Scripted(break_at=200), plan())
    resumed = sample(plan(), Scripted(), at(tmp_path / "broken"))
    again = 50 * 4 * TICK  # what the broken run drew of its second shard is drawn again, and was paid for twice
    assert resumed.manifest.seconds >= one.manifest.seconds + again


def test_a_run_of_another_concurrency_goes_on_with_the_shards_of_the_first(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="died"):
        drawn(tmp_path, Scripted(break_at=200), plan())
    engine = Scripted(concurrency=8)
    assert len(drawn(tmp_path, engine, plan())) == 1200
    assert len(engine.asked) == 150, "the finished shard is not drawn again"


@pytest.mark.parametrize(
    ("problems", "concurrency", "shards"), [(300, 1, 2), (300, 2, 2), (600, 2, 4), (9, 2, 1), (1, 4, 1)]
)
def test_shards_are_as_many_as_keep_the_engine_busy(problems: int, concurrency: int, shards: int) -> None:
    dealt = plan(problems).shards(concurrency)
    assert len(dealt) == shards
    assert sorted(name for shard in dealt for name, _ in shard) == [name for name, _ in plan(problems).prompts]


def test_a_complete_artifact_is_not_drawn_again_and_another_plan_has_another(tmp_path: Path) -> None:
    drawn(tmp_path, Scripted(), plan(4))
    engine = Scripted()
    drawn(tmp_path, engine, plan(4))
    assert engine.asked == []
    drawn(tmp_path, engine, plan(4, seed=2))
    assert len(engine.asked) == 4


@pytest.mark.parametrize("lie", ["missing", "seed", "twice"])
def test_an_engine_that_gives_other_samples_than_asked_for_is_refused(lie: str, tmp_path: Path) -> None:
    chosen = plan(4)
    with pytest.raises(EngineError, match="did not give the samples"):
        drawn(tmp_path, Scripted(lie=lie), chosen)
    assert not sampling_artifact(chosen, Scripted().identity, StudyFolder(tmp_path)).shards("parquet")


def test_a_samples_seed_depends_on_problem_and_index_alone() -> None:
    [few] = plan(1).requests(plan(1).prompts)
    many = plan(50, per_prompt=8).requests(plan(50).prompts[::-1])
    [same] = [each for each in many if each.problem_id == few.problem_id]
    assert same.seeds[:4] == few.seeds
    assert len({seed for each in many for seed in each.seeds}) == 400
