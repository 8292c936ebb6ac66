"""A study trains on the tokens that its model sampled, ends included: with a real engine, tokenizer and trainer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("trl")

from conftest import CHAT_TEMPLATE  # noqa: E402
from passgap.arms.self_training.facts import TrainingFacts  # noqa: E402
from passgap.models.chat import prompt_tokens  # noqa: E402
from passgap.models.tokens import detokenizer_of  # noqa: E402
from passgap.records import FinishReason, Sample, TrainExample  # noqa: E402
from passgap.stages import Silent  # noqa: E402
from passgap.trainers.supervised import trainer as supervised  # noqa: E402
from passgap.trainers.supervised.encoding import IGNORED_LABEL, EncodedExamples, encode_examples  # noqa: E402
from passgap.wiring import open_study  # noqa: E402
from tokenizers_of_the_field import KINDS  # noqa: E402

LIKELY = {
    "llama": ("\n", "#", "    return", "x", " (a)"),
    "qwen": ("\n", "```", "    return", "x", " (a)"),
}


def write_model(folder: Path, kind: str) -> Path:
    """A model that draws every token from one distribution: line breaks, what stop strings are made of, and its end."""
    tokenizer = KINDS[kind]()
    tokenizer.chat_template = CHAT_TEMPLATE if kind == "qwen" else None
    tokenizer.pad_token = tokenizer.eos_token
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        eos_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=False,
    )
    torch.manual_seed(3)
    model = transformers.LlamaForCausalLM(config)
    with torch.no_grad():
        # All tokens look alike to it, so its last hidden state is always the same one, and its logits are these.
        model.model.embed_tokens.weight[:] = model.model.embed_tokens.weight[:1]
        state = model.model(torch.tensor([[0, 1]])).last_hidden_state[0, -1]
        wanted = torch.full((len(tokenizer), 1), -8.0)
        for text in LIKELY[kind]:
            wanted[tokenizer(text, add_special_tokens=False)["input_ids"]] = 3.0
        wanted[tokenizer.eos_token_id] = 2.0
        model.lm_head.weight[:] = wanted * state / state.dot(state)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", LIKELY)
def test_the_ids_that_were_sampled_are_the_ids_that_are_trained(
    kind: str, make_study: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = write_model(tmp_path / "model", kind)
    folder = make_study("study")
    text = (folder / "study.yaml").read_text().replace(str(_model_of(folder)), str(model))
    text = text.replace("per_prompt: 2", "per_prompt: 8, drop_stubs: false").replace("top_p: 0.8", "top_p: 1.0")
    text = text.replace("  name: tiny\n", f"  name: tiny\n  chat: {'true' if kind == 'qwen' else 'false'}\n")
    (folder / "study.yaml").write_text(text)

    encoded: list[tuple[Sequence[TrainExample], EncodedExamples]] = []

    def seen(tokenizer: Any, examples: Sequence[TrainExample], max_length: int) -> EncodedExamples:
        rows = encode_examples(tokenizer, examples, max_length)
        encoded.append((examples, rows))
        return rows

    monkeypatch.setattr(supervised, "encode_examples", seen)
    study = open_study(folder, Silent())
    study.register("ssd")
    trained = study.train("ssd")
    [(examples, rows)] = encoded

    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    samples = list(study.sample("ssd").samples())
    facts = trained.training
    assert isinstance(facts, TrainingFacts)
    kept = [_sample_of(example, samples) for example in examples]
    assert len(rows.rows) == len(examples) == len(samples) - (facts.dropped_empty or 0) > 24
    for example, row, sample in zip(examples, rows.rows, kept, strict=True):
        learned = tuple(label for label in row["labels"] if label != IGNORED_LABEL)
        assert learned == sample.tokens == example.tokens
        assert row["input_ids"] == [*prompt_tokens(tokenizer, example.prompt), *learned]
        assert len(learned) == sample.completion_tokens
        written = detokenizer_of(tokenizer).text(row["input_ids"][: -len(learned)], learned)
        assert written.startswith(sample.completion)
        _check_end(sample, learned, written, tokenizer.eos_token_id)
    assert any(each.completion.startswith(" ") for each in kept), "a space at the beginning is kept"

    ends = facts.ends
    assert ends is not None
    assert ends.from_text == ends.unknown == 0
    assert min(ends.end_token, ends.stop_string, ends.token_limit) > 0, "the model ends in every way that there is"
    assert ends.end_token + ends.stop_string + ends.token_limit == len(examples)


def _sample_of(example: TrainExample, samples: Sequence[Sample]) -> Sample:
    """The sample that an example was made of: its tokens are those of one that the engine drew."""
    return next(each for each in samples if each.tokens == example.tokens)


def _check_end(sample: Sample, learned: tuple[int, ...], written: str, eos: int) -> None:
    assert (learned[-1] == eos) == (sample.end_token is not None)
    assert learned.count(eos) <= 1
    if sample.stop is not None:
        assert written.startswith(sample.completion + sample.stop)
    if sample.finish_reason is FinishReason.LENGTH:
        assert sample.stop is None
        assert sample.end_token is None


def _model_of(folder: Path) -> str:
    line = next(line for line in (folder / "study.yaml").read_text().splitlines() if line.startswith("  id: "))
    return line.removeprefix("  id: ")
