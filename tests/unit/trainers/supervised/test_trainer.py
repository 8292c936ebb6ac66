"""The supervised trainer on a real, tiny model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from safetensors.torch import load_file  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

from passgap.errors import EngineError  # noqa: E402
from passgap.models.chat import render_prompt  # noqa: E402
from passgap.ports import SupervisedJob, Trainer  # noqa: E402
from passgap.recipes import examples_seen, updates_of  # noqa: E402
from passgap.records import (  # noqa: E402
    Mix,
    MixedExample,
    Prompt,
    TrainConfig,
    TrainExample,
    Turn,
)
from passgap.trainers import open_trainer  # noqa: E402
from passgap.trainers.common.fine_tune import dtype_to_save  # noqa: E402
from passgap.trainers.supervised import trainer as supervised  # noqa: E402
from passgap.trainers.supervised.encoding import IGNORED_LABEL, encode_examples  # noqa: E402
from passgap.trainers.supervised.mixed_examples import encode_mix, end_of_answer  # noqa: E402

PROMPT = Prompt(user="Write a function that adds two numbers.", prefix="```python\n", stop=("\n```",))
EXAMPLES = [
    TrainExample(prompt=PROMPT, completion=f"def add(a, b):\n    return a + b + {number}\n```") for number in range(24)
]


def config(**changes: Any) -> TrainConfig:
    return TrainConfig(**{"learning_rate": 1e-2, "batch_size": 4, "micro_batch_size": 2, "epochs": 2.0, **changes})


def job_of(examples: Sequence[TrainExample], **parts: Any) -> SupervisedJob:
    return SupervisedJob(**{"seed": 11, "examples": tuple(examples), **parts})


def train(tiny_model: Path, output: Path, **changes: Any) -> Any:
    steps: list[int] = []
    job = job_of(EXAMPLES, base=tiny_model, output=output, config=config(**changes))
    result = open_trainer("supervised", "cpu", "bfloat16").train(job, progress=steps.append)
    assert sum(steps) == result.steps
    return result


def weights(folder: Path) -> dict[str, Any]:
    return dict(load_file(folder / "model.safetensors"))


def test_it_is_a_trainer() -> None:
    assert isinstance(open_trainer("supervised", "cpu"), Trainer)


def test_the_loss_is_taken_on_the_completion_alone(tiny_model: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    encoded = encode_examples(tokenizer, EXAMPLES[:1], max_length=512)
    [row] = encoded.rows
    learned = [token for token, label in zip(row["input_ids"], row["labels"], strict=True) if label != IGNORED_LABEL]
    assert tokenizer.decode(learned) == EXAMPLES[0].completion
    prompt = tokenizer.decode(row["input_ids"][: len(row["input_ids"]) - len(learned)])
    assert prompt == render_prompt(tokenizer, PROMPT)
    assert encoded.loss_tokens == len(learned)


@pytest.mark.parametrize("use_cpu", [True, False], ids=["cpu", "gpu"])
@pytest.mark.parametrize(("batch", "micro"), [(10, 4), (16, 4), (7, 4), (6, 4), (3, 8), (1, 4), (12, 5)])
def test_every_update_is_of_exactly_the_declared_batch_on_every_device(
    tmp_path: Path, use_cpu: bool, batch: int, micro: int
) -> None:
    settings = config(batch_size=batch, micro_batch_size=micro)
    job = job_of((), base=tmp_path, output=tmp_path / "o", config=settings)
    options = supervised.training_options(job, str(tmp_path), 101, use_cpu=use_cpu)
    at_once = options["per_device_train_batch_size"]
    assert at_once * options["gradient_accumulation_steps"] == batch
    assert 1 <= at_once <= micro
    assert options["max_steps"] == 2 * -(-101 // batch) == updates_of(101, settings)


@pytest.mark.parametrize(
    ("count", "batch", "epochs"), [(24, 10, 1.0), (23, 7, 1.5), (20, 2, 1.1), (5, 16, 0.5), (9, 4, 2.0)]
)
def test_the_updates_taken_are_those_predicted(
    tiny_model: Path, tmp_path: Path, count: int, batch: int, epochs: float
) -> None:
    settings = config(batch_size=batch, epochs=epochs)
    alike = [EXAMPLES[0]] * count
    job = job_of(alike, base=tiny_model, output=tmp_path / "tuned", config=settings, seed=3)
    result = open_trainer("supervised", "cpu").train(job)
    one = encode_examples(AutoTokenizer.from_pretrained(tiny_model), alike[:1], max_length=512)
    assert result.steps == updates_of(count, settings)
    assert result.tokens == one.loss_tokens * examples_seen(count, settings)
    assert result.prompt_tokens == one.prompt_tokens * examples_seen(count, settings)


def test_an_updates_loss_is_the_mean_over_its_tokens_whatever_the_examples_lengths(
    tiny_model: Path, tmp_path: Path
) -> None:
    """The gradient of a batch must not depend on how it is cut for memory, as a mean of each part's mean would."""
    uneven = [TrainExample(prompt=PROMPT, completion="x = 1\n" * count) for count in (1, 3, 9, 27)]
    job = job_of(uneven, base=tiny_model, output=tmp_path / "tuned", config=config(epochs=1.0))
    [(_, logged)] = open_trainer("supervised", "cpu").train(job).losses
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    total = tokens = 0.0
    for row in encode_examples(AutoTokenizer.from_pretrained(tiny_model), uneven, max_length=512).rows:
        ids, labels = torch.tensor([row["input_ids"]]), torch.tensor(row["labels"])
        with torch.no_grad():
            logits = model(ids).logits[0, :-1]
        total += float(torch.nn.functional.cross_entropy(logits, labels[1:], reduction="sum"))
        tokens += int((labels[1:] != IGNORED_LABEL).sum())
    assert logged == pytest.approx(total / tokens, rel=2e-3)


def test_long_examples_are_left_out_and_counted_and_never_cut(tiny_model: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    long = TrainExample(prompt=PROMPT, completion="x = 1\n" * 500)
    encoded = encode_examples(tokenizer, [*EXAMPLES[:2], long], max_length=256)
    assert len(encoded.rows) == 2
    assert encoded.dropped_too_long == 1


def test_full_training_learns_and_saves_a_loadable_model(tiny_model: Path, tmp_path: Path) -> None:
    result = train(tiny_model, tmp_path / "tuned")
    assert result.steps == 12
    assert result.examples == 24
    assert result.losses[-1][1] < 0.8 * result.losses[0][1]
    assert result.tokens > 0
    tuned = weights(tmp_path / "tuned")
    assert tuned.keys() == weights(tiny_model).keys()
    assert all(tensor.dtype == torch.bfloat16 for tensor in tuned.values())
    assert AutoTokenizer.from_pretrained(tmp_path / "tuned").chat_template


@pytest.mark.parametrize(
    ("declared", "computed", "stored"),
    [(None, "float32", "float32"), (None, "bfloat16", "bfloat16"), ("float32", "bfloat16", "float32")],
)
def test_weights_are_stored_in_the_declared_type_or_in_the_one_that_is_computed_in(
    declared: Any, computed: str, stored: str, tiny_model: Path
) -> None:
    assert dtype_to_save(config(save_dtype=declared), tiny_model, computed) == getattr(torch, stored)
    assert dtype_to_save(config(save_dtype="base"), tiny_model, computed) == torch.bfloat16


def test_the_same_seed_gives_the_same_bytes(tiny_model: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        train(tiny_model, tmp_path / name, epochs=1.0)
    assert (tmp_path / "one" / "model.safetensors").read_bytes() == (
        tmp_path / "two" / "model.safetensors"
    ).read_bytes()


def test_adapters_are_merged_into_a_model_that_any_engine_loads(tiny_model: Path, tmp_path: Path) -> None:
    result = train(tiny_model, tmp_path / "lora", method="lora", lora_rank=4, lora_alpha=8)
    base, merged = weights(tiny_model), weights(tmp_path / "lora")
    assert merged.keys() == base.keys()
    changed = [name for name in base if not torch.equal(base[name], merged[name])]
    assert changed
    assert all("proj" in name for name in changed), "only the adapted layers change"
    assert result.losses[-1][1] < result.losses[0][1]


def test_nothing_to_train_on_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    job = job_of(EXAMPLES, base=tiny_model, output=tmp_path / "none", config=config(max_length=8))
    with pytest.raises(EngineError, match="nothing to train on") as caught:
        open_trainer("supervised", "cpu").train(job)
    assert "24 of them are longer than 8 tokens" in caught.value.problems[0]
    assert not (tmp_path / "none").exists()


def test_a_base_that_is_no_model_is_refused(tmp_path: Path) -> None:
    job = job_of(EXAMPLES, base=tmp_path, output=tmp_path / "none", config=config())
    with pytest.raises(EngineError, match="cannot be loaded"):
        open_trainer("supervised", "cpu").train(job)


def talk(number: int, words: int = 3) -> MixedExample:
    turns = (Turn(role="system", content="Be short."), Turn(role="user", content=f"Say {number}."))
    return MixedExample(id=f"example {number}", turns=turns, completion="word " * words + str(number))


def test_a_mixed_example_is_what_the_model_is_asked_and_ends_with_the_token_that_ends_an_answer(
    tiny_model: Path,
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    mixed = encode_mix(tokenizer, Mix(ratio=0.5, chat=True, examples=(talk(1),)), own=1, max_length=512)
    [row] = mixed.rows
    learned = [label for label in row["labels"] if label != IGNORED_LABEL]
    assert learned[-1] == tokenizer.convert_tokens_to_ids("<|im_end|>") and learned.count(learned[-1]) == 1
    assert tokenizer.decode(learned[:-1]) == talk(1).completion
    asked = [{"role": turn.role, "content": turn.content} for turn in talk(1).turns]
    whole = tokenizer.apply_chat_template(
        [*asked, {"role": "assistant", "content": talk(1).completion}], tokenize=False
    )
    assert tokenizer.decode(row["input_ids"]) + "\n" == whole
    assert (mixed.loss_tokens, mixed.prompt_tokens) == (len(learned), len(row["labels"]) - len(learned))


def test_plain_text_is_continued_and_ends_with_the_end_of_text(tiny_model: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    example = MixedExample(id="1", turns=(Turn(role="user", content="2 + 2 ="),), completion=" 4")
    [row] = encode_mix(tokenizer, Mix(ratio=0.5, chat=False, examples=(example,)), own=1, max_length=64).rows
    assert tokenizer.decode(row["input_ids"]) == "2 + 2 = 4" + tokenizer.eos_token
    learned = [label for label in row["labels"] if label != IGNORED_LABEL]
    assert tokenizer.decode(learned) == " 4" + tokenizer.eos_token


def test_the_end_of_an_answer_is_the_templates_where_it_is_not_the_end_of_text(tiny_model: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.eos_token = "<|endoftext|>"
    assert end_of_answer(tokenizer, chat=True) == [tokenizer.convert_tokens_to_ids("<|im_end|>")]
    assert end_of_answer(tokenizer, chat=False) == [tokenizer.eos_token_id]


def test_the_mixed_share_is_exact_among_the_examples_that_fit(tiny_model: Path, tmp_path: Path) -> None:
    long = TrainExample(prompt=PROMPT, completion="x = 1\n" * 500)
    own = [*EXAMPLES[:16], long]
    mix = Mix(ratio=0.2, chat=True, examples=(talk(0, 900), *(talk(number) for number in range(1, 9))))
    settings = config(epochs=1.0, max_length=512)
    job = job_of(own, base=tiny_model, output=tmp_path / "tuned", config=settings, mix=mix)
    result = open_trainer("supervised", "cpu").train(job)
    assert (result.examples, result.mixed_examples) == (20, 4)
    assert (result.dropped_too_long, result.mixed_too_long, result.steps) == (1, 1, 5)
    encoded = encode_examples(AutoTokenizer.from_pretrained(tiny_model), EXAMPLES[:16], max_length=512)
    assert result.tokens == result.pass_tokens == encoded.loss_tokens + result.mixed_tokens
    assert result.mixed_tokens > 0


def test_too_few_examples_to_mix_in_are_refused_before_anything_is_trained(tiny_model: Path, tmp_path: Path) -> None:
    mix = Mix(ratio=0.2, chat=True, examples=(talk(0, 900), talk(1)))
    job = job_of(EXAMPLES, base=tiny_model, output=tmp_path / "tuned", config=config(max_length=512), mix=mix)
    with pytest.raises(EngineError, match="too few examples") as caught:
        open_trainer("supervised", "cpu").train(job)
    assert "takes 6 examples; of the 2 in `training.mix_path`, 1 are longer than 512" in caught.value.problems[0]
    assert not (tmp_path / "tuned").exists()


def test_what_is_mixed_in_changes_what_is_learned(tiny_model: Path, tmp_path: Path) -> None:
    mix = Mix(ratio=0.2, chat=True, examples=tuple(talk(number) for number in range(9)))
    learned = {}
    for name, mixed in (("with", mix), ("again", mix), ("without", None)):
        job = job_of(EXAMPLES, base=tiny_model, output=tmp_path / name, config=config(epochs=1.0), mix=mixed)
        open_trainer("supervised", "cpu").train(job)
        learned[name] = (tmp_path / name / "model.safetensors").read_bytes()
    assert learned["with"] == learned["again"] != learned["without"]


def test_the_processes_of_a_job_share_the_declared_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_of((), base=tmp_path, output=tmp_path / "o", config=config(batch_size=12, micro_batch_size=4))
    for count in (1, 2, 3, 4, 6, 12):
        monkeypatch.setenv("WORLD_SIZE", str(count))
        for use_cpu in (True, False):
            options = supervised.training_options(job, str(tmp_path), 100, use_cpu=use_cpu)
            at_once = options["per_device_train_batch_size"]
            assert at_once * options["gradient_accumulation_steps"] * count == 12 and at_once <= 4
            assert options["max_steps"] == 2 * 9
