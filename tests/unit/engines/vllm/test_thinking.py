"""A budget of thoughts with vLLM's offline engine, whose steps are scripted here.

The script keeps vLLM's contract for a request: it is drawn from its prompt's tokens, ends with a token of
``stop_token_ids``, which is the last of its own, or at ``max_tokens`` for ``length``; results come in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")

from transformers import AutoTokenizer

from passgap.engines.vllm import sampler as module
from passgap.engines.vllm.sampler import VllmSampler
from passgap.errors import EngineError
from passgap.ports import SampleRequest
from passgap.records import AssertTests, Decoding, FinishReason, Problem, Prompt, Sample
from passgap.tasks import kind_of

ASKED = Prompt(user="Write a function that adds.")
PROBLEM = Problem(
    id="p", prompt="Add.", entry_point="add", tests=AssertTests(statements=("assert add(1, 2) == 3",)), source="own"
)
ANSWER = "```python\ndef add(a, b):\n    return a + b\n```"


class Scripted:
    """vLLM with a model that says the same to everybody: a text by what stands behind the prompt's end."""

    def __init__(self, said: Callable[[list[int]], Sequence[int]]) -> None:
        self.said = said
        self.requests: list[tuple[list[int], Any]] = []
        self.aborted: list[str] = []
        self._waiting: list[tuple[str, list[int], Any]] = []
        self.module = SimpleNamespace(
            __version__="0",
            SamplingParams=SimpleNamespace,
            EngineArgs=lambda **options: options,
            LLMEngine=SimpleNamespace(from_engine_args=lambda _: self),
            platforms=SimpleNamespace(current_platform=SimpleNamespace(device_type="cpu")),
            sampling_params=SimpleNamespace(RequestOutputKind=SimpleNamespace(FINAL_ONLY=0)),
            lora=None,
        )
        self.engine_core = SimpleNamespace(shutdown=lambda: None)

    def reset_prefix_cache(self) -> None: ...

    def add_request(self, name: str, prompt: dict[str, list[int]], params: Any, lora_request: Any) -> None:
        assert lora_request is None and params.max_tokens >= 1
        self.requests.append((prompt["prompt_token_ids"], params))
        self._waiting.append((name, prompt["prompt_token_ids"], params))

    def step(self) -> list[Any]:
        name, prompt, params = self._waiting.pop()  # the last first
        tokens = list(self.said(prompt))[: params.max_tokens]
        ends = [at for at, token in enumerate(tokens) if token in params.stop_token_ids]
        tokens = tokens[: ends[0] + 1] if ends else tokens
        reason = "stop" if ends else "length"
        output = SimpleNamespace(token_ids=tokens, finish_reason=reason, logprobs=None)
        return [SimpleNamespace(request_id=name, finished=True, outputs=[output])]

    def abort_request(self, names: list[str]) -> None:
        self.aborted += names


@pytest.fixture(scope="module")
def folder(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with a tokenizer that has marks around thoughts."""
    place = tmp_path_factory.mktemp("thinking") / "model"
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<think>", "</think>"]})
    tokenizer.save_pretrained(place)
    for each in ("config.json", "generation_config.json"):
        if (tiny_model / each).is_file():
            (place / each).write_bytes((tiny_model / each).read_bytes())
    return place


def drawn(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: Callable[[Any, list[int]], str],
    *,
    budget: int = 12,
    limit: int = 200,
    prompt: Prompt = ASKED,
    samples: int = 1,
) -> tuple[list[Sample], Scripted, Any]:
    """The samples of a model that says a text, by the tokens that it goes on from."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ends = tokenizer.eos_token_id
    scripted = Scripted(lambda tokens: [*tokenizer.encode(said(tokenizer, tokens), add_special_tokens=False), ends])
    monkeypatch.setattr(module, "load_vllm", lambda: scripted.module)
    opened = VllmSampler(folder, dtype="float32", thinking={"tokens": budget})
    request = SampleRequest(
        problem_id="p", prompt=prompt, indices=tuple(range(samples)), seeds=tuple(range(7, 7 + samples))
    )
    found = list(opened.sample([request], Decoding(temperature=1.0, max_new_tokens=limit)))
    assert opened.identity.versions["thinking"] == f"{budget} tokens at most"
    opened.close()
    return found, scripted, tokenizer


def endless(tokenizer: Any, tokens: list[int]) -> str:
    """Thinks on for as long as it is let, and answers once its thoughts are ended for it."""
    ended = tokenizer.convert_tokens_to_ids("</think>") in tokens
    return f"\n\n{ANSWER}" if ended else "<think>" + " so and so" * 100


def test_thoughts_end_at_the_budget_and_the_model_answers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples, scripted, tokenizer = drawn(folder, monkeypatch, endless, samples=3)
    marks = [tokenizer.convert_tokens_to_ids(mark) for mark in ("<think>", "</think>")]
    assert [each.index for each in samples] == [2, 1, 0]  # the script ends the last first
    for each in samples:
        assert each.tokens is not None and each.finish_reason is FinishReason.STOP
        assert [each.tokens.index(mark) for mark in marks] == [0, 13]
        assert each.completion_tokens == len(each.tokens) <= 200
        assert each.completion.startswith("<think>") and each.completion.endswith(ANSWER)
        kind = kind_of(PROBLEM)
        assert kind.submission(PROBLEM, each.completion, ASKED).program.strip() == ANSWER.split("\n", 1)[1][:-4].strip()
    first, second = scripted.requests[:3], scripted.requests[3:]
    assert [params.max_tokens for _, params in first] == [13] * 3
    assert [params.max_tokens for _, params in second] == [200 - 14] * 3
    assert [tokens[-1] for tokens, _ in second] == [marks[1]] * 3
    seeds = [params.seed for _, params in (*first, *second)]
    assert seeds[:3] == [7, 8, 9] and len(set(seeds)) == 6


def test_a_model_that_ends_its_thoughts_itself_goes_on_with_its_answer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"<think>short</think>\n\n{ANSWER}"

    def said(tokenizer: Any, tokens: list[int]) -> str:
        begun = tokenizer.decode(tokens).rpartition("<think>")
        return text if not begun[1] else text.removeprefix("<think>" + begun[2])

    [sample], scripted, tokenizer = drawn(folder, monkeypatch, said)
    assert sample.completion == text and len(scripted.requests) == 2
    assert sample.tokens is not None and sample.tokens.count(tokenizer.convert_tokens_to_ids("</think>")) == 1


def test_a_model_that_does_not_think_is_not_interrupted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "It adds two numbers, and this is a text of more tokens than the budget has, without a thought in it."

    def said(tokenizer: Any, tokens: list[int]) -> str:
        begun = tokenizer.decode(tokens).rpartition("It adds")
        return text if not begun[1] else text.removeprefix("It adds" + begun[2])

    [sample], _, _ = drawn(folder, monkeypatch, said)
    assert sample.completion == text


def test_thoughts_that_the_prompt_began_are_counted_from_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "passgap.engines.common.prompt_encoder.PromptEncoder.tokens",
        lambda self, prompt: [*self.tokenizer.encode("x"), self.tokenizer.convert_tokens_to_ids("<think>")],
    )

    def said(tokenizer: Any, tokens: list[int]) -> str:
        return endless(tokenizer, tokens).removeprefix("<think>")

    [sample], scripted, tokenizer = drawn(folder, monkeypatch, said)
    assert sample.tokens is not None and sample.tokens.index(tokenizer.convert_tokens_to_ids("</think>")) == 12
    assert kind_of(PROBLEM).submission(PROBLEM, sample.completion, ASKED).program.startswith("def add")
    assert scripted.requests[0][1].max_tokens == 12


@pytest.mark.parametrize("limit", [5, 13, 14])
def test_what_leaves_no_room_for_an_answer_is_cut_at_the_limit(
    limit: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sample], scripted, _ = drawn(folder, monkeypatch, endless, limit=limit)
    assert sample.finish_reason is FinishReason.LENGTH and len(scripted.requests) == 1
    assert sample.completion_tokens == min(limit, 13)


@pytest.mark.parametrize(
    "prompt", [Prompt(user="x", chat=False), Prompt(user="x", prefix="```python\n", stop=("\n```",))]
)
def test_a_prompt_that_begins_the_answer_is_drawn_in_one_request(
    prompt: Prompt, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sample], scripted, _ = drawn(folder, monkeypatch, lambda *_: "a = 1\n" * 20, prompt=prompt)
    assert len(scripted.requests) == 1 and scripted.requests[0][1].max_tokens == 200
    assert sample.seed == 7


def test_a_tokenizer_without_marks_is_refused(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match="thinks between marks") as caught:
        drawn(tiny_model, monkeypatch, endless)
    assert "<think> </think>" in caught.value.problems[0]


@pytest.mark.parametrize(
    ("thinking", "logprobs", "said"),
    [
        ({"effort": "low"}, False, ["engine.thinking.effort:"]),
        ({"template": {"enable_thinking": True}, "effort": "low"}, False, ["engine.thinking.effort and engine.th"]),
        ({"tokens": 3}, True, ["engine.keep_logprobs:"]),
        ({"tokens": 3, "template": {"a": 1}}, True, ["engine.thinking.template:", "engine.keep_logprobs:"]),
    ],
)
def test_what_the_engine_cannot_be_told_is_refused(
    thinking: dict[str, Any], logprobs: bool, said: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "load_vllm", lambda: Scripted(lambda _: []).module)
    with pytest.raises(EngineError) as caught:
        VllmSampler(folder, thinking=thinking, keep_logprobs=logprobs)
    assert len(caught.value.problems) == len(said)
    assert all(each.startswith(begun) for each, begun in zip(caught.value.problems, said, strict=True))


def test_requests_of_a_second_round_are_dropped_where_the_caller_leaves(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    scripted = Scripted(
        lambda tokens: [*tokenizer.encode(endless(tokenizer, tokens), add_special_tokens=False), tokenizer.eos_token_id]
    )
    monkeypatch.setattr(module, "load_vllm", lambda: scripted.module)
    opened = VllmSampler(folder, dtype="float32", thinking={"tokens": 4})
    request = SampleRequest(problem_id="p", prompt=ASKED, indices=(0, 1, 2), seeds=(1, 2, 3))
    drawing = opened.sample([request], Decoding(temperature=1.0, max_new_tokens=100))
    next(drawing)
    drawing.close()  # type: ignore[attr-defined]
    assert len(scripted.aborted) == 2
