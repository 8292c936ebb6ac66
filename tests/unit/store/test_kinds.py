"""Each kind of artifact has its manifest, written as earlier versions wrote it, and its content is read once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StoreError
from passgap.records import (
    FinishReason,
    ModelManifest,
    OutcomeKind,
    Result,
    ResultsManifest,
    Sample,
    SampleKey,
    SamplesManifest,
    SignalManifest,
    Stage,
    StageManifest,
    TasksManifest,
)
from passgap.store import (
    Artifact,
    ModelArtifact,
    ResultsArtifact,
    SamplesArtifact,
    SignalArtifact,
    StudyFolder,
    TasksArtifact,
    write_json,
    write_results,
    write_samples,
)

FIRST: dict[str, tuple[type[Artifact], dict[str, Any]]] = {
    "base-heldout-samples": (
        SamplesArtifact,
        {"prompt_tokens": 4792, "samples": 32, "seconds": 1.1230476200000226, "tokens": 384, "truncated": 32},
    ),
    "base-heldout-results": (ResultsArtifact, {"outcomes": {"failed": 32}, "samples": 32, "seconds": 0.5495319749}),
    "base-signal": (SignalArtifact, {"samples": 8, "seconds": 0.1678076929999861, "tokens": 172}),
    "ssd-model": (
        ModelArtifact,
        {
            "dropped_too_long": 0,
            "examples": 5,
            "losses": [[1, 5.595738887786865], [2, 5.557183265686035]],
            "samples": 5,
            "seconds": 0.41362412500001255,
            "steps": 2,
            "tokens": 104,
            "versions": {"peft": "0.21.2", "torch": "2.13.0+cpu"},
        },
    ),
}
"""The manifests of the first version, by the artifact's name."""


@pytest.mark.parametrize("name", FIRST)
def test_a_manifest_of_the_first_version_is_read_and_would_be_written_byte_for_byte(name: str, tmp_path: Path) -> None:
    kind, written = FIRST[name]
    made = StudyFolder(tmp_path).artifact(name, {}, kind)
    made.begin()
    whole = {"schema_version": 1, "name": name, "digest": made.digest, **written}
    path = made.path("manifest.json")
    write_json(path, whole)
    manifest = made.manifest
    for field in ("samples", "seconds"):
        assert getattr(manifest, field) == written[field]
    path.unlink()
    made.finish(manifest)
    assert path.read_text() == json.dumps({**whole, "order": 0}, indent=2, sort_keys=True) + "\n"


MANIFESTS: list[tuple[type[Artifact], StageManifest | TasksManifest]] = [
    (SamplesArtifact, SamplesManifest(stage=Stage.PROBES, samples=3, tokens=9, truncated=1, seconds=2.0)),
    (ResultsArtifact, ResultsManifest(stage=Stage.SCORING, samples=3, outcomes={"passed": 3})),
    (SignalArtifact, SignalManifest(stage=Stage.SIGNAL, tokens=7)),
    (
        ModelArtifact,
        ModelManifest(
            stage=Stage.TRAINING, examples=2, steps=1, tokens=5, losses=((1, 0.5),), dropped_too_long=0, samples=2
        ),
    ),
    (TasksArtifact, TasksManifest(sets={"pool": "starter"}, counts={"removed": 2, "begun": True})),
]


@pytest.mark.parametrize(("kind", "manifest"), MANIFESTS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_manifest_comes_back_as_the_record_of_its_kind(
    kind: type[Artifact], manifest: StageManifest | TasksManifest, tmp_path: Path
) -> None:
    name = f"base-{kind.kind}"
    made = StudyFolder(tmp_path).artifact(name, {}, kind)
    made.begin()
    made.finish(manifest)
    read = made.manifest
    assert type(read) is type(manifest)
    assert read == manifest.model_copy(update={"name": name, "digest": made.digest, "order": 0})


def test_an_artifact_is_of_the_kind_that_its_name_ends_in(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    with pytest.raises(ValueError, match="ends in -results"):
        folder.artifact("base-heldout-samples", {}, ResultsArtifact)
    folder.artifact("base-heldout-samples", {}, SamplesArtifact).begin()
    assert [entry.kind for entry in folder.index()] == [SamplesArtifact.kind]


def test_fields_that_an_arm_or_a_later_version_adds_are_kept(tmp_path: Path) -> None:
    made = StudyFolder(tmp_path).artifact("dpo-model", {}, ModelArtifact)
    made.begin()
    known = {"examples": 2, "steps": 1, "tokens": 5, "losses": (), "dropped_too_long": 0}
    made.finish(ModelManifest.model_validate({**known, "pairs": {"kept": 4}}))
    assert made.manifest.facts == {"pairs": {"kept": 4}}
    assert json.loads(made.path("manifest.json").read_text())["pairs"] == {"kept": 4}


def test_a_damaged_manifest_says_what_is_wrong_with_it_and_what_to_do(tmp_path: Path) -> None:
    made = StudyFolder(tmp_path).artifact("base-samples", {}, SamplesArtifact)
    write_json(made.path("manifest.json"), {"schema_version": 1, "name": "base-samples", "samples": "many"})
    with pytest.raises(StoreError, match="base-samples cannot be read") as caught:
        _ = made.manifest
    assert "`samples`: should be a whole number" in caught.value.problems[0]
    assert "`truncated` is missing" in caught.value.problems[0] and "run again" in caught.value.problems[0]


def drawn(problem: str, index: int) -> Sample:
    return Sample(
        problem_id=problem,
        index=index,
        completion=f"{problem} {index}",
        finish_reason=FinishReason.LENGTH if index else FinishReason.STOP,
        seed=index,
        prompt_tokens=3,
        completion_tokens=4,
        tokens=(1, 2, 3, 4),
    )


SAMPLES = [drawn(problem, index) for problem in ("a#1", "b") for index in range(2)]


def sampled(folder: Path) -> SamplesArtifact:
    made = StudyFolder(folder).artifact("base-samples", {}, SamplesArtifact)
    for number in range(2):
        write_samples(made.shard_path(number), SAMPLES[2 * number : 2 * number + 2], {})
    return made


def test_samples_are_grouped_by_problem_and_read_from_disk_once(tmp_path: Path) -> None:
    made = sampled(tmp_path)
    assert {name: [each.completion for each in texts] for name, texts in made.by_problem.items()} == {
        "a#1": ["a#1 0", "a#1 1"],
        "b": ["b 0", "b 1"],
    }
    assert [text for shard in made.texts for text in shard] == [each.text for each in SAMPLES]
    for shard in made.shards("parquet"):
        shard.unlink()
    assert [each.finish_reason for each in made.by_problem["b"]] == [FinishReason.STOP, FinishReason.LENGTH]


def test_samples_with_their_tokens_are_read_shard_by_shard(tmp_path: Path) -> None:
    assert list(sampled(tmp_path).samples()) == SAMPLES


def test_a_shard_that_a_stage_keeps_is_not_read_back(tmp_path: Path) -> None:
    made = StudyFolder(tmp_path).artifact("base-samples", {}, SamplesArtifact)
    texts = made.open_shards(1)
    texts.keep(0, tuple(each.text for each in SAMPLES))
    assert made.by_problem["a#1"] == tuple(each.text for each in SAMPLES[:2])


def test_results_are_read_once(tmp_path: Path) -> None:
    made = StudyFolder(tmp_path).artifact("base-results", {}, ResultsArtifact)
    results = [Result(task_id="a", sample=index, passed=True, outcome=OutcomeKind.PASSED) for index in range(3)]
    write_results(made.shard_path(0), results)
    assert list(made.results()) == results
    made.shard_path(0).unlink()
    assert list(made.results()) == results


def test_the_key_of_a_sample_is_a_record_of_its_own() -> None:
    assert SAMPLES[1].key == SAMPLES[1].text.key == SampleKey("a#1", 1) == ("a#1", 1)
    assert str(SAMPLES[1].key) == "a#1#1"
    result = Result(task_id="a#1", sample=1, passed=True, outcome=OutcomeKind.PASSED)
    assert result.key == SAMPLES[1].key
