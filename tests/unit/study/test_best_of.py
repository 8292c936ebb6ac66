"""Decoding with min-p, and the likeliest of several samples, among the settings of the decode-only arm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from passgap import parse_study
from passgap.decisions import DecodingChoice
from passgap.errors import EngineError, StudyError
from passgap.ports import Progress, SampleRequest
from passgap.records import Decoding, Sample, SampleKey
from passgap.stages.best_of import likeliest

from .conftest import PROBLEMS, STUDY, OpenStudy, ScriptedModel

KEPT = "engine: {name: local, keep_logprobs: true}\n"
SWEEP = "decode_only: {settings: [{temperature: 0.4, best_of: 2}], samples: 2}\n"
LABEL = "temperature 0.4, top-k off, top-p 1, likeliest of 2"


def drawn(index: int, *logprobs: float) -> Sample:
    return Sample(
        problem_id="p",
        index=index,
        completion="x",
        finish_reason="stop",  # type: ignore[arg-type]
        seed=1,
        prompt_tokens=1,
        completion_tokens=len(logprobs),
        logprobs=logprobs,
    )


def test_the_likeliest_by_mean_log_probability_of_each_group_counts() -> None:
    samples = [drawn(0, -1.0), drawn(1, -0.9, -0.8, -0.7), drawn(2, -0.2), drawn(3, -0.2), drawn(5, -3.0), drawn(4, -4)]
    assert likeliest(samples, 2) == {SampleKey("p", 1): 0, SampleKey("p", 2): 1, SampleKey("p", 5): 2}
    with pytest.raises(EngineError, match="keep_logprobs"):
        likeliest([drawn(0, -1.0).model_copy(update={"logprobs": None})], 2)


def test_the_likeliest_of_each_answer_is_scored_probed_and_paid_for(
    open_scripted: OpenStudy, model: ScriptedModel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 0.4, the first sample of four is right on half of the problems; it is the likelier one of its two."""
    plain = ScriptedModel.sample

    def sampled(
        self: ScriptedModel, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        for each in plain(self, requests, decoding, progress=progress):
            yield each.model_copy(update={"logprobs": (-0.1 - each.index,)})

    monkeypatch.setattr(ScriptedModel, "sample", sampled)
    study = open_scripted(KEPT + SWEEP)
    report = study.run(["decode-only"])
    control = report.decode_only
    assert control is not None and isinstance(control.choice, DecodingChoice)
    assert control.choice.chosen == LABEL
    assert control.choice.test.value == pytest.approx(0.25)  # type: ignore[union-attr]
    assert model.drawn["held", "temperature 0.4, top-k off, top-p 1"] == 4 * PROBLEMS
    inference = {each.arm: each for each in report.comparison.inference} if report.comparison else {}
    assert inference["decode-only"].samples_per_call == 2
    assert inference["decode-only"].tokens == pytest.approx(2 * inference["base"].tokens)
    before, written = dict(model.drawn), (folder / "report.json").read_text()
    study.report()
    assert dict(model.drawn) == before and (folder / "report.json").read_text() == written


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SWEEP, "Set `engine.keep_logprobs: true`"),
        (KEPT + SWEEP.replace("0.4", "0"), "draws the same sample again"),
        ("decode_only: {settings: [{temperature: 1, min_p: 0.1, top_p: 0.9}]}\n", "engines apply the two in different"),
        (
            "engine: {name: other, options: {}}\ndecode_only: {settings: [{temperature: 1, min_p: 0.1}]}\n",
            "`min_p` is not known to be understood by the engine `other`",
        ),
        (
            "engine: {name: server, base_url: 'http://127.0.0.1:1/v1', dialect: openai}\n"
            "decode_only: {settings: [{temperature: 1, min_p: 0.1}]}\n",
            "min_p: the OpenAI API has no such setting",
        ),
    ],
)
def test_a_setting_that_cannot_be_honoured_is_refused(text: str, said: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_study(STUDY + text)
    assert said in str(caught.value)


def test_min_p_is_a_setting_of_its_own() -> None:
    spec = parse_study(STUDY + "decode_only: {settings: [{temperature: 1, min_p: 0.1}, {temperature: 1}]}\n").spec
    section: Any = spec.arms["decode-only"]
    assert list(section.sweep(spec.production_decoding)) == [
        "temperature 1, top-k off, top-p 1, min-p 0.1",
        "temperature 1, top-k off, top-p 1",
    ]
    with pytest.raises(ValueError, match="min-p without top-p"):
        Decoding(temperature=1.0, min_p=0.1, top_p=0.9, max_new_tokens=1)
