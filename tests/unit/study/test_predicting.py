"""Predictions are recorded before their arm is registered, stand beside what came, and are never made afterwards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from passgap.ports import FolderModel, Progress, SampleRequest
from passgap.records import Decoding, Prompt, Sample
from passgap.study import Study
from passgap.study.context import PREDICTION
from passgap.study.likelihoods import chosen_problems
from passgap.study.predicting import recorded_predictions
from passgap.study.track_record import track_record
from passgap.testing.scripted_study import HELDOUT, ScriptedSampler, open_scripted_study

RIGHT, WRONG, END = 1, 2, 0


class LikelySampler(ScriptedSampler):
    """A scripted model that finds right answers likelier, and after training any answer."""

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """The script's samples, with tokens that say whether they are right."""
        for each in super().sample(requests, decoding, progress=progress):
            right = "x + " in each.completion
            yield each.model_copy(update={"tokens": (RIGHT if right else WRONG, END), "completion_tokens": 2})

    def token_logprobs(self, prompt: Prompt, completions: Sequence[Sequence[int]]) -> Iterator[np.ndarray]:
        """Of the answer and its end."""
        del prompt
        for tokens in completions:
            yield np.array([{RIGHT: -0.2, WRONG: -3.0, END: -0.5}[token] for token in tokens])

    def logits_of_tokens(self, prompt: Prompt, tokens: Sequence[int]) -> np.ndarray:
        """Logits of three tokens; training moves them."""
        del prompt
        return np.tile(np.array([0.0, 1.0 + self.tuned, 0.0], dtype=np.float32), (len(tokens), 1))


def open_study(folder: Path, sampler: type[ScriptedSampler] = LikelySampler, **diagnostics: Any) -> Study:
    """A study that declares `ssd`, on a model that reports likelihoods."""
    drawn: Counter[str] = Counter()
    study = open_scripted_study(folder, {}, drawn)
    context = study._context
    declared = context.spec.diagnostics.model_copy(update=diagnostics)
    spec = context.spec.model_copy(update={"diagnostics": declared})

    def opened(reference: Any, _: Any) -> ScriptedSampler:
        assert isinstance(reference, FolderModel)
        return sampler(reference.folder, drawn)

    services = replace(context.services, open_sampler=opened)
    study._context = replace(context, intake=context.intake.model_copy(update={"spec": spec}), services=services)
    return study


def test_predictions_come_first_and_stand_beside_what_came(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    first = study.run(["ssd"])
    kinds = [entry.kind for entry in study.folder.ledger.entries()]
    assert kinds.index(PREDICTION) < kinds.index("pre-registration")

    # What the diagnostics say of minimal SSD is on record before the verdict, which tells it and does not follow it.
    assert kinds.index(PREDICTION) < kinds.index("verdict")
    told = first.base.verdict.foretold
    assert told is not None and told.up > told.down and not told.has_record
    assert {each.predictor for each in told.voices} <= {
        "sharpening",
        "sharpening-per-token",
        "likelihood-auc",
        "likeliest",
    }
    [entry] = study.folder.ledger.of_kind("verdict")
    assert isinstance(entry.payload, dict) and entry.payload["foretold"]["up"] == told.up  # type: ignore[index,call-overload]

    [arm] = first.arms
    assert arm.predictions is not None
    scored = {each.prediction.predictor: each for each in arm.predictions.scored}
    assert scored["sharpening"].prediction.direction == "up"
    assert scored["likelihood-auc"].prediction.measured.value == 1.0  # type: ignore[union-attr]
    assert scored["sharpening"].outcome == arm.comparison.delta.overall["pass@1"]
    changes = {each.name: each.measured for each in arm.predictions.changes}
    p, q = (np.exp(each) / np.exp(each).sum() for each in ([0.0, 1.0, 0.0], [0.0, 2.0, 0.0]))
    assert abs(changes["kl-from-base"].value - float((p * np.log(p / q)).sum())) < 1e-6  # type: ignore[union-attr]
    assert {line.stage for line in first.base.costs} >= {"likelihood"}
    assert "what was foretold of pass@1" in (tmp_path / "report.md").read_text()

    # Again, and read without the model: nothing is measured twice, and nothing is foretold again.
    before = (tmp_path / "ledger.jsonl").read_text()
    again = open_study(tmp_path).run(["ssd"])
    assert again.arms[0].predictions == arm.predictions
    assert (tmp_path / "ledger.jsonl").read_text() == before
    assert open_study(tmp_path).report().arms[0].predictions == arm.predictions

    # The next move is named with its recipe, its price, a lift with an interval, and what would change the advice.
    assert first.advice is not None
    assert {each.arm for each in first.advice.moves} == {move.arm for move in first.base.verdict.moves}
    [move] = first.advice.moves
    assert "temperature 1" in move.recipe and "learning-rate" in move.recipe
    assert move.lift.value > 0 and move.hours is not None and move.money is not None  # type: ignore[union-attr]
    assert "## Next move" in (tmp_path / "report.md").read_text()
    judged = open_study(tmp_path).verdict()
    assert judged.advice == first.advice

    # The track record reads the same from the ledger alone.
    record = track_record(tmp_path)
    assert [each.arms for each in record.studies] == [("ssd",)]
    for standing in record.standings:
        one = scored[standing.predictor]
        assert standing.told == (one.prediction.direction is not None)
        assert (standing.decided, standing.right) == (int(one.right is not None), int(one.right is True))
        assert (standing.sized, standing.covered) == (int(one.covered is not None), int(one.covered is True))


def test_nothing_is_foretold_of_an_arm_that_began_without_it(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    study.register("ssd")
    report = study.run(["ssd"])
    assert report.arms[0].predictions is None and report.base.verdict.foretold is None
    assert "predictions" not in json.loads((tmp_path / "report.json").read_text())["arms"][0]
    assert not recorded_predictions(study._context)


def test_an_engine_without_likelihoods_is_named(tmp_path: Path) -> None:
    said = open_study(tmp_path, ScriptedSampler).run(["ssd"]).arms[0].predictions
    assert said is not None
    because = {each.prediction.predictor: each.prediction.because for each in said.scored}
    assert because["sharpening"] == "not measured: the engine does not report the token ids of samples"
    assert because["gap"].startswith("the ")


def test_a_study_that_declares_none_measures_none(tmp_path: Path) -> None:
    study = open_study(tmp_path, likelihoods=0)
    said = study.run(["ssd"]).arms[0].predictions
    assert said is not None
    assert "diagnostics.likelihoods: 0" in said.scored[0].prediction.because
    assert not list((tmp_path / "artifacts").glob("*-likelihoods-*"))


def test_a_part_of_many_problems_is_drawn_from_all_of_them(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    study.verdict()
    from passgap.study.interim_analysis import evaluate_base  # noqa: PLC0415 - the study's own step
    from passgap.study.run import splits_of  # noqa: PLC0415

    context = study._context
    evaluation = evaluate_base(context, splits_of(context)).evaluation
    assert len(chosen_problems(evaluation, HELDOUT, 7)) == HELDOUT
    third = chosen_problems(evaluation, HELDOUT // 3, 7)
    assert len(third) == HELDOUT // 3
    assert third < chosen_problems(evaluation, HELDOUT // 2, 7)
