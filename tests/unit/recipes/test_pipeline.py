"""A registration names what has changed, and what a study leaves out has the documented value."""

from __future__ import annotations

from passgap.recipes import PipelineSpec, default_learning_rate, training_config
from passgap.records import Decoding
from passgap.spec.fine_tuning import TrainingSection
from passgap.spec.problem_sets import TaskSource
from passgap.spec.thresholds import ThresholdsSection


def spec(**changes: object) -> PipelineSpec:
    facts: dict[str, object] = {
        "arm": "ssd",
        "base_model": "m",
        "base_digest": "b",
        "pool": TaskSource(tasks="starter", split="pool"),
        "pool_digest": "p",
        "pool_problems": 10,
        "pool_removed": 0,
        "contamination_digest": "c",
        "sampling": Decoding(temperature=1.0, max_new_tokens=9),
        "samples_per_prompt": 1,
        "seed": 7,
        "selection": "all",
        "training": training_config(TrainingSection()),
        "mix_ratio": 0.0,
        "battery": {"repetition": 0.1},
        "probe_sets": {},
        "heldout": TaskSource(tasks="starter", split="heldout"),
        "heldout_digest": "h",
        "heldout_problems": 10,
        "evaluation": Decoding(temperature=0.8, max_new_tokens=9),
        "samples_per_problem": 4,
        "ks": (1, 4),
        "thresholds": ThresholdsSection(),
    }
    return PipelineSpec.model_validate(facts | changes)


def test_only_what_differs_from_the_registration_is_named_with_both_values() -> None:
    assert spec().changes_from(spec()) == []
    assert spec().digest == spec().digest != spec(seed=8).digest
    changes = spec(seed=8, base_digest="other").changes_from(spec())
    assert changes == ["base_digest: registered 'b', now 'other'", "seed: registered 7, now 8"]


def test_a_setting_that_only_one_of_the_two_has_is_named_too() -> None:
    more = spec(settings={"cap": 2})
    assert more.changes_from(spec()) == ["settings: registered None, now {'cap': 2}"]
    assert spec().changes_from(more) == ["settings: registered {'cap': 2}, now None"]
    assert "settings" not in spec().model_dump() and more.model_dump()["settings"] == {"cap": 2}
    assert more.digest != spec().digest


def test_the_learning_rate_is_the_methods_unless_the_study_names_one() -> None:
    assert (default_learning_rate("full"), default_learning_rate("lora")) == (2e-5, 2e-4)
    assert training_config(TrainingSection(method="full")).learning_rate == 2e-5
    assert training_config(TrainingSection(method="full", learning_rate=1e-3)).learning_rate == 1e-3
    lora = training_config(TrainingSection(method="lora", lora_rank=64))
    assert (lora.learning_rate, lora.lora_rank, lora.lora_alpha) == (2e-4, 64, 128)
