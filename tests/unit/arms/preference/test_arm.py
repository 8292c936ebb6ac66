"""Pairs of the pool's own samples, in a study on a scripted model and in the real sandbox."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.contract.test_arms import study  # noqa: F401 - a fixture

from passgap.arms import ARMS, Origin
from passgap.arms.dpo import ARM as DPO
from passgap.arms.ipo import ARM as IPO
from passgap.arms.preference import facts
from passgap.arms.preference.pool_pairs import PairData, pool_pairs
from passgap.arms.self_training.scored_pool import ScoredPool
from passgap.errors import EngineError, NoCandidateError, StudyError
from passgap.ports.preference_job import PairMeasurement
from passgap.records import Stage
from passgap.spec.budget import Part
from passgap.store import select
from passgap.study import Study
from passgap.study.budget import part_of
from passgap.study.checking import parse_study
from passgap.study.lab import StudyLab
from passgap.study.run import splits_of
from passgap.testing.scripted_study import SCRIPTED_TRAINERS, open_scripted_study, study_text

PROBLEMS = 6
"""Of the pool, each solved by the samples 0 and 2 of four."""


def lab_of(study: Study) -> StudyLab:  # noqa: F811
    return StudyLab(study._context, splits_of(study._context))


def pairs_of(lab: StudyLab, **changes: Any) -> PairData:
    section = DPO.section_of(lab.spec)
    return pool_pairs("dpo", lab, DPO.registered(section, lab), section.model_copy(update=changes))


@pytest.mark.parametrize(("most", "each"), [(4, 2), (1, 1)])
def test_what_passes_is_preferred_to_what_fails_of_the_same_problem(study: Study, most: int, each: int) -> None:  # noqa: F811
    data = pairs_of(lab_of(study), per_problem=most)
    assert data.problems == PROBLEMS and len(data.pairs) == each * PROBLEMS
    assert len({pair.chosen.prompt.user for pair in data.pairs}) == PROBLEMS
    for pair in data.pairs:
        assert pair.chosen.prompt == pair.rejected.prompt
        assert "y = x + " in pair.chosen.completion and "y = None" in pair.rejected.completion
    assert data.counts["pairing"]["pairs"] == len(data.pairs)  # type: ignore[index, call-overload]
    assert [cost.stage for cost in data.costs] == [Stage.SAMPLING, Stage.SCORING]


def test_a_sample_that_could_not_be_scored_is_in_no_pair(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    plain = ScoredPool.outcome

    def outcome(self: ScoredPool, position: int) -> bool | None:
        return None if self.pool.samples[position].index == 2 else plain(self, position)

    monkeypatch.setattr(ScoredPool, "outcome", outcome)
    data = pairs_of(lab_of(study))
    assert len(data.pairs) == PROBLEMS and data.counts["dropped_unscored"] == PROBLEMS


def test_a_pool_without_a_pair_is_told_with_its_counts(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(ScoredPool, "outcome", lambda *_: False)
    with pytest.raises(NoCandidateError, match="dpo has no pair to learn from") as caught:
        pairs_of(lab_of(study))
    assert caught.value.problems == (
        "A pair is a sample that passes and one of the same problem that fails. Of 6 scored problems of the pool, no "
        "sample passes in 6, and all pass in 0. Draw more per prompt (`arms.dpo.sampling.per_prompt`), or name another "
        "pool.",
    )


def test_a_pool_without_tests_is_refused(study: Study) -> None:  # noqa: F811
    intake = study._context.intake
    without = intake.spec.alternatives.model_copy(update={"verifier": False})
    declared = intake.spec.model_copy(update={"alternatives": without})
    study._context = replace(study._context, intake=intake.model_copy(update={"spec": declared}))
    with pytest.raises(StudyError, match="lack what its arms need") as caught:
        study.check()
    assert any(each.startswith("arms.ipo: `alternatives.verifier: false`") for each in caught.value.problems)


def test_the_loss_is_registered_with_its_settings(study: Study) -> None:  # noqa: F811
    lab = lab_of(study)
    for arm, kind, weight in ((DPO, "dpo", 0.2), (IPO, "ipo", 0.0)):
        recipe = arm.registered(arm.section_of(lab.spec), lab)
        loss = {"kind": kind, "beta": 0.1, "sft_weight": weight}
        assert recipe.settings == {"loss": loss, "per_problem": 4}
        assert recipe.training is not None
        assert (recipe.training.learning_rate, recipe.training.weight_decay) == (1e-6, 0.0)
        assert "at most 4 pairs of a problem" in (recipe.selection or "")


def declared(**block: Any) -> Any:
    return parse_study(study_text({"dpo": block}))


@pytest.mark.parametrize(
    ("block", "named"),
    [
        ({"beta": 0}, "arms.dpo.beta"),
        ({"sft_weight": -1}, "arms.dpo.sft_weight"),
        ({"per_problem": 0}, "arms.dpo.per_problem"),
        ({"training": {"mix_ratio": 0.1}}, "arms.dpo.training.mix_ratio"),
        ({"sampling": {"per_prompt": 1}}, "arms.dpo.sampling.per_prompt: 1 sample gives no pair"),
        ({"sampling": {"temperature": 0}}, "arms.dpo.sampling.temperature: at 0, all samples"),
        ({"sampling": {"max_new_tokens": 4000}}, "arms.dpo.sampling.max_new_tokens"),
    ],
)
def test_what_gives_no_pairs_or_no_loss_is_refused_by_its_path(block: dict[str, Any], named: str) -> None:
    with pytest.raises(StudyError) as caught:
        declared(**block)
    assert any(each.startswith(named) for each in caught.value.problems), caught.value.problems


def test_what_is_unusual_is_flagged() -> None:
    training = {"learning_rate": 1e-4, "lora_rank": 8, "lora_alpha": 8}
    flags = declared(beta=2.0, per_problem=9, training=training).flags
    for start in ("beta", "per_problem", "training.learning_rate", "training.lora_rank", "training.lora_alpha"):
        assert any(each.startswith(f"arms.dpo.{start}") for each in flags), start
    assert not any(each.startswith("arms.dpo") for each in declared(sampling={"top_k": 0, "top_p": 1.0}).flags), (
        "temperature 1 without truncation is no fixed point where tests decide"
    )


@pytest.fixture
def scripted(tmp_path: Path) -> Study:
    return open_scripted_study(tmp_path, {"dpo": {}, "ipo": {}}, Counter())


def test_arms_with_the_same_pairs_share_the_reference_pass_and_each_counts_it(scripted: Study) -> None:
    report = scripted.run(["dpo", "ipo"])
    [entry] = select(scripted.folder.index(), "pairs-reference")
    assert part_of(entry.name) is Part.TRAINING
    for arm in report.arms:
        lines = {line.stage: line.step for line in arm.costs}
        assert lines["reference"] == "pairs-reference" and lines["training"] == f"{arm.arm}-model"
        told = {fact.label: fact.text for fact in arm.facts}
        assert told["problems with pairs"] == "6 of 6; in 0 no sample passes, in 0 all"
        assert told["trained on"] == "12 pairs, 120 tokens of their answers, 1 steps"
        assert told["log-probabilities"] == (
            "chosen rose from -2.000 to -1.500, rejected fell from -2.000 to -2.500 nats per token, on 12 of the pairs"
        )
        assert told["margin"] == "+1.000 nats per pair beyond the base model's; above 0 in 100.0 % of them"


def test_a_fine_tune_that_was_killed_finds_its_reference_again(scripted: Study) -> None:
    opened: list[str] = []

    def killed(kind: str) -> Any:
        opened.append(kind)
        if kind == "preference" and opened.count("preference") == 1:
            raise EngineError("killed")
        return SCRIPTED_TRAINERS[kind]()

    context = scripted._context
    scripted._context = replace(context, services=replace(context.services, open_trainer=killed))
    with pytest.raises(EngineError, match="killed"):
        scripted.run(["dpo"])
    scripted.run(["dpo"])
    assert opened == ["reference", "preference", "preference"]


@pytest.mark.parametrize("name", ["dpo", "ipo"])
def test_a_plan_counts_two_answers_of_each_pair_and_the_reference_pass(name: str, scripted: Study) -> None:
    spec = scripted._context.spec
    *_, training = ARMS[name].work(spec.arms[name], spec, 12, 6)
    assert training.samples == 2 * 6 * 2
    assert training.seen == 2 * 12 + 8


def measurement(chosen: float, rejected: float) -> PairMeasurement:
    return PairMeasurement(chosen=chosen, rejected=rejected, margin=0.5, accuracy=0.5)


def test_a_chosen_answer_that_became_less_likely_is_said_to_have_fallen() -> None:
    told = facts.PreferenceFacts(
        trained=2,
        steps=1,
        tokens=9,
        losses=((1, 0.7),),
        measured_pairs=2,
        before=measurement(-0.5, -0.7),
        after=measurement(-0.62, -0.7),
    )
    assert dict(facts.in_words(told))["log-probabilities"] == (
        "chosen fell from -0.500 to -0.620, rejected stayed at -0.700 nats per token, on 2 of the pairs"
    )


def write_pairs(folder: Path, count: int = 9) -> None:
    """Pairs of two prompts, the first of which is a held-out problem's."""
    held = "Add the heldout bridge number to x, 1 times over."
    rows = [{"prompt": held, "chosen": "right", "rejected": "wrong"}]
    rows += [{"prompt": f"Say {n // 6}.", "chosen": f"said {n}", "rejected": f"not {n}"} for n in range(count)]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_pairs_from_elsewhere_are_cleaned_capped_and_called_external(tmp_path: Path) -> None:
    write_pairs(tmp_path)
    drawn: Counter[str] = Counter()
    block = {"pairs_path": "pairs.jsonl", "training": {"batch_size": 4}}
    opened = open_scripted_study(tmp_path, {"dpo": block}, drawn)
    section = opened._context.spec.arms["dpo"]
    assert DPO.origin_of(section) is Origin.EXTERNAL and DPO.origin_of(DPO.Section()) is Origin.FILTERED_OWN
    report = opened.run(["dpo"])
    [arm] = report.arms
    assert '"external data"' in report.model_dump_json(), "the ledger of arms says where the data are from"
    told = {fact.label: fact.text for fact in arm.facts}
    assert told["pairs"] == (
        "external data: 10 of pairs.jsonl, less 1 too close to a held-out problem, 2 beyond the most of one prompt, "
        "0 too long"
    )
    assert told["trained on"].startswith("7 pairs")
    assert not any(name.startswith("pool/") for name in drawn), "the pool is not sampled for them"
    [entry] = opened.folder.ledger.of_kind("pre-registration")
    registered: Any = entry.payload
    assert registered["spec"]["sampling"] is None
    assert (registered["spec"]["settings"]["pairs"], registered["spec"]["settings"]["removed"]) == (9, 1)
    written = (tmp_path / "report.json").read_text()
    opened.report()
    assert (tmp_path / "report.json").read_text() == written


def test_wrong_columns_and_pairs_that_are_all_too_close_are_refused_before_anything_is_sampled(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text(json.dumps({"instruction": "a", "output": "b"}) + "\n")
    opened = open_scripted_study(tmp_path, {"dpo": {"pairs_path": "pairs.jsonl"}}, Counter())
    with pytest.raises(StudyError) as caught:
        opened.check()
    assert "`chosen` and `rejected` missing; a pair has `prompt`, `chosen` and `rejected`" in str(caught.value)
    write_pairs(tmp_path, count=0)
    with pytest.raises(StudyError, match="all 1 pairs of"):
        opened.check()


def test_pairs_from_elsewhere_need_neither_tests_nor_samples() -> None:
    flags = declared(pairs_path="pairs.jsonl", sampling={"per_prompt": 1}).flags
    assert any(each.startswith("arms.dpo.sampling: it has no effect") for each in flags)
