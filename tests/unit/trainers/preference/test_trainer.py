"""Preference optimisation of real, tiny models: margins rise, and what is counted is what was trained on."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

import transformers  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from tests.unit.trainers.preference.pairs import DPO, PAIRS, config, reference, train  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402

from passgap.errors import EngineError  # noqa: E402
from passgap.ports.preference_job import PreferenceJob, PreferenceResult, ReferenceJob  # noqa: E402
from passgap.recipes import examples_seen, updates_of  # noqa: E402
from passgap.records import PreferenceLoss, PreferencePair  # noqa: E402
from passgap.trainers import open_process_trainer, open_trainer  # noqa: E402
from passgap.trainers.preference import trainer as preference  # noqa: E402
from passgap.trainers.preference.encoding import encode_pairs  # noqa: E402

IPO = PreferenceLoss(kind="ipo", beta=0.5)


def weights(folder: Path) -> dict[str, Any]:
    return dict(load_file(folder / "model.safetensors"))


def write_architecture(folder: Path, tokenizer: Any, kind: str) -> Path:
    """A tiny model of two layers of width 32 of a real architecture, with random weights."""
    shared = dict(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=512,
    )
    if kind == "qwen3":
        made = transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**shared, head_dim=16))
    else:
        experts = dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32, decoder_sparse_step=1)
        routed = transformers.Qwen3MoeConfig(**shared, head_dim=16, **experts, output_router_logits=True)
        made = transformers.Qwen3MoeForCausalLM(routed)
    made.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def base_of(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    def found(kind: str) -> Path:
        if kind == "llama":
            return tiny_model
        torch.manual_seed(5)
        folder = tmp_path_factory.mktemp("models") / kind
        return write_architecture(folder, AutoTokenizer.from_pretrained(tiny_model), kind)

    return found


def learned(base: Path, folder: Path, loss: PreferenceLoss) -> PreferenceResult:
    """A fine-tune in which chosen answers became likelier, as it says itself, and that an engine can load."""
    result = train(base, folder, loss=loss)
    assert (result.before.margin, result.before.accuracy) == (0.0, 0.0)
    assert result.after.margin > 1.0 and result.after.accuracy == 1.0
    assert result.losses[-1][1] < result.losses[0][1]
    assert result.curve[-1].margin > result.curve[0].margin
    assert [point.step for point in result.curve] == [step for step, _ in result.losses]
    tuned = weights(folder)
    assert tuned.keys() == weights(base).keys()
    assert {tensor.dtype for tensor in tuned.values()} == {getattr(torch, result.versions["dtype"])}
    loaded = transformers.AutoModelForCausalLM.from_pretrained(folder)
    assert loaded.config.model_type == transformers.AutoConfig.from_pretrained(base).model_type
    return result


@pytest.mark.parametrize(
    ("kind", "loss"),
    [("qwen3", DPO), ("mixture of experts", IPO)],
    ids=lambda each: each if isinstance(each, str) else each.kind,
)
def test_every_architecture_learns_either_loss(
    base_of: Callable[[str], Path], tmp_path: Path, kind: str, loss: PreferenceLoss
) -> None:
    learned(base_of(kind), tmp_path / "tuned", loss)


def test_the_margin_rises_beyond_noise(tiny_model: Path, tmp_path: Path) -> None:
    """Noise is what pairs with chosen and rejected exchanged at random give: no direction is to be learned there."""
    swapped = random.Random(3).sample(range(len(PAIRS)), len(PAIRS) // 2)
    mixed = tuple(
        PreferencePair(chosen=each.rejected, rejected=each.chosen) if place in swapped else each
        for place, each in enumerate(PAIRS)
    )
    noise = train(tiny_model, tmp_path / "noise", mixed)
    assert learned(tiny_model, tmp_path / "tuned", DPO).after.margin > 3 * abs(noise.after.margin) + 1.0


def test_what_is_counted_is_what_the_updates_went_through(tiny_model: Path, tmp_path: Path) -> None:
    alike = (PAIRS[0],) * 5
    result = train(tiny_model, tmp_path / "tuned", alike, epochs=1.5)
    settings = config(epochs=1.5)
    [row] = encode_pairs(AutoTokenizer.from_pretrained(tiny_model), alike[:1], 512).rows
    seen = examples_seen(5, settings)
    assert (result.examples, result.steps) == (5, updates_of(5, settings))
    assert result.tokens == seen * (len(row["chosen_ids"]) + len(row["rejected_ids"]))
    assert result.prompt_tokens == 2 * seen * len(row["prompt_ids"])
    assert (result.chosen_tokens, result.rejected_tokens) == (5 * len(row["chosen_ids"]), 5 * len(row["rejected_ids"]))
    assert PreferenceResult.model_validate_json(result.model_dump_json()) == result, "it comes from another process"


@pytest.mark.parametrize(
    "loss",
    [DPO, pytest.param(PreferenceLoss(kind="dpo", beta=0.1, sft_weight=1.0), marks=pytest.mark.slow)],
    ids=["plain", "sft"],
)
def test_an_update_does_not_depend_on_how_much_is_computed_at_once(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss: PreferenceLoss
) -> None:
    """Three pairs in parts of two and one are one update of three."""
    known = reference(tiny_model, PAIRS[:3], batch_size=3)
    results = []
    real = preference.training_options
    for at_once in (1, 2):

        def cut(*arguments: Any, at_once: int = at_once, **options: Any) -> dict[str, Any]:
            return {**real(*arguments, **options), "per_device_train_batch_size": at_once}

        monkeypatch.setattr(preference, "training_options", cut)
        settings = {"batch_size": 3, "epochs": 1.0, "learning_rate": 1e-3}
        results.append(train(tiny_model, tmp_path / str(at_once), PAIRS[:3], loss, known, **settings))
    one, two = results
    assert one.steps == two.steps == 1
    assert one.losses[0][1] == pytest.approx(two.losses[0][1], rel=1e-5)
    assert one.after.margin == pytest.approx(two.after.margin, rel=1e-3)


def test_adapters_that_are_off_are_the_reference_and_are_merged_at_the_end(tiny_model: Path, tmp_path: Path) -> None:
    lora = {"method": "lora", "lora_rank": 4, "lora_alpha": 8, "learning_rate": 1e-2}
    plain, off = reference(tiny_model), reference(tiny_model, **lora)
    for one, other in zip(plain, off, strict=True):
        assert one is not None and other is not None
        assert (one.chosen, one.rejected) == pytest.approx((other.chosen, other.rejected), abs=1e-4)
    result = train(tiny_model, tmp_path / "lora", known=off, **lora)
    base, merged = weights(tiny_model), weights(tmp_path / "lora")
    assert merged.keys() == base.keys()
    changed = [name for name in base if not torch.equal(base[name], merged[name])]
    assert changed and all("proj" in name for name in changed), "only the adapted layers change"
    assert result.after.margin > 1.0


def job(base: Path, output: Path, **parts: Any) -> PreferenceJob:
    given = dict(base=base, output=output, config=config(), seed=1, pairs=PAIRS, loss=DPO, reference=())
    return PreferenceJob(**{**given, **parts})


def test_what_cannot_be_trained_on_is_refused_and_nothing_is_written(tiny_model: Path, tmp_path: Path) -> None:
    trainer = open_trainer("preference", "cpu")
    with pytest.raises(EngineError, match="nothing to train on") as caught:
        trainer.train(job(tiny_model, tmp_path / "none", config=config(max_length=8)))
    assert "12 are longer than 8 tokens" in caught.value.problems[0]
    with pytest.raises(EngineError, match="are of other pairs"):
        trainer.train(job(tiny_model, tmp_path / "none"))
    with pytest.raises(EngineError, match="cannot be loaded"):
        trainer.train(job(tmp_path, tmp_path / "none"))
    assert not (tmp_path / "none").exists()


class KilledError(Exception):
    """As if the process had been killed."""


@pytest.mark.parametrize("method", ["full", pytest.param("lora", marks=pytest.mark.slow)])
def test_a_fine_tune_that_was_killed_ends_in_the_same_model(
    tiny_model: Path, tmp_path: Path, method: Literal["full", "lora"]
) -> None:
    settings = {"method": method, "lora_rank": 4, "checkpoint_minutes": 1e-6}
    known = reference(tiny_model, **settings)
    trainer = open_trainer("preference", "cpu")

    def job_in(name: str) -> PreferenceJob:
        work = tmp_path / f"{name}-work"
        return job(tiny_model, tmp_path / name, config=config(**settings), reference=known, work=work)

    whole: Any = trainer.train(job_in("whole"))
    done = 0

    def kill(steps: int) -> None:
        nonlocal done
        done += steps
        if done == 4:
            raise KilledError

    with pytest.raises(KilledError):
        trainer.train(job_in("killed"), progress=kill)
    steps: list[int] = []
    resumed: Any = trainer.train(job_in("killed"), progress=steps.append)
    assert steps[0] == 3 and sum(steps) == whole.steps == 6
    same = ("losses", "tokens", "prompt_tokens", "before", "after", "curve")
    assert {name: getattr(resumed, name) for name in same} == {name: getattr(whole, name) for name in same}
    first, second = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "killed"))
    assert first == second


def test_weights_that_would_be_divided_among_gpus_are_refused(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(EngineError, match="needs the whole model on each GPU"):
        open_trainer("preference", "cpu").train(job(tiny_model, tmp_path / "none"))


def process_trainer(kind: str) -> Any:
    """The trainer that a study opens, which trains in processes of its own."""
    return open_process_trainer(kind, "passgap.training_process", "cpu", "float32")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["full", "lora"])
def test_two_processes_are_one_within_rounding(
    tiny_model: Path, tmp_path: Path, method: Literal["full", "lora"]
) -> None:
    """Eleven pairs in updates of four: the last update of an epoch has three, which two processes cannot halve."""
    results: list[Any] = []
    for count in (1, 2):
        settings = {"processes": count, "method": method, "lora_rank": 4, "save_dtype": "float32"}
        given: dict[str, Any] = {"base": tiny_model, "config": config(**settings), "seed": 1, "pairs": PAIRS[:11]}
        measured: Any = process_trainer("reference").train(ReferenceJob(output=tmp_path / "none", **given))
        output = tmp_path / str(count)
        tuning = PreferenceJob(output=output, loss=DPO, reference=measured.log_probs, **given)
        results.append((measured, process_trainer("preference").train(tuning)))
    (first, one), (second, two) = results
    assert (one.processes, two.processes, second.processes) == (1, 2, 2)
    for mine, theirs in zip(first.log_probs, second.log_probs, strict=True):
        assert (mine.chosen, mine.rejected) == pytest.approx((theirs.chosen, theirs.rejected), abs=1e-3)
    assert (one.steps, one.tokens, one.prompt_tokens) == (two.steps, two.tokens, two.prompt_tokens)
    for (_, loss), (_, other) in zip(one.losses, two.losses, strict=True):
        assert other == pytest.approx(loss, rel=1e-3)
    assert two.after.margin == pytest.approx(one.after.margin, rel=1e-2)
    base, tuned, both = (weights(folder) for folder in (tiny_model, one.checkpoint, two.checkpoint))
    moved = max(float((tuned[name] - base[name].float()).abs().max()) for name in tuned)
    apart = max(float((tuned[name] - both[name]).abs().max()) for name in tuned)
    assert apart < 0.05 * moved
