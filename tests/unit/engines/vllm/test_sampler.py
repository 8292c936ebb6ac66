"""vLLM means by a study's settings what the local engine means by them. Skipped where vLLM is not installed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

pytest.importorskip("torch")
pytest.importorskip("vllm", reason="vLLM is not installed")

from passgap.engines.local.sampler import LocalSampler
from passgap.engines.vllm.sampler import VllmSampler
from passgap.errors import EngineError
from passgap.estimates import sorted_logprobs, truncated_target
from passgap.models.tokens import detokenizer_of
from passgap.ports import SampleRequest
from passgap.records import Decoding, Prompt, sample_seed

DRAWS = 4000
LEAST_CELL = 20.0
PROMPT = Prompt(user="Write a function that adds.", prefix="```python\n")
SETTINGS = [
    Decoding(temperature=0.8, top_p=0.95, max_new_tokens=1),
    Decoding(temperature=1.6, top_k=20, top_p=0.8, max_new_tokens=1),
    Decoding(temperature=1.0, max_new_tokens=1),
]


def request(samples: int, prompt: Prompt = PROMPT) -> SampleRequest:
    indices = tuple(range(samples))
    return SampleRequest(
        problem_id="p", prompt=prompt, indices=indices, seeds=tuple(sample_seed(5, "p", index) for index in indices)
    )


@pytest.fixture(scope="module")
def engine(wide_model: Path) -> Iterator[VllmSampler]:
    opened = VllmSampler(wide_model, dtype="float32", memory=0.15, compiled=False)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def local(wide_model: Path) -> LocalSampler:
    return LocalSampler(wide_model, device="cpu", dtype="float32", workers=1)


def test_it_gives_the_log_probabilities_of_the_local_engine(engine: VllmSampler, local: LocalSampler) -> None:
    text = "def add(a, b):\n    return a + b\n"
    ours = sorted_logprobs(local.next_token_logits(PROMPT, text, 6))
    theirs = sorted_logprobs(engine.next_token_logits(PROMPT, text, 6))
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(theirs, ours, atol=2e-4)


@pytest.mark.parametrize("decoding", SETTINGS, ids=lambda decoding: decoding.model_dump_json())
def test_first_tokens_follow_the_target_on_the_local_engines_logits(
    decoding: Decoding, engine: VllmSampler, local: LocalSampler
) -> None:
    logits = local.next_token_logits(PROMPT, "x", 1).astype(float)[0]
    order = np.argsort(-logits, kind="stable")
    wanted = truncated_target(sorted_logprobs(logits[None]), decoding)[0] * DRAWS
    drawn = list(engine.sample([request(DRAWS)], decoding))
    # Several single tokens can decode to the same text (the end, half a character): these are one cell.
    prompt, detokenizer = engine._prompts.tokens(PROMPT), detokenizer_of(engine._prompts.tokenizer)
    expected: dict[str, float] = {}
    for token, share in zip(order, wanted, strict=True):
        text = detokenizer.text(prompt, [int(token)])
        expected[text] = expected.get(text, 0.0) + share
    seen = Counter(each.completion for each in drawn)
    assert all(expected[text] > 0.0 for text in seen)
    cells, hits = [0.0], [0]
    for text in sorted(expected, key=lambda name: -expected[name]):
        if cells[-1] >= LEAST_CELL:
            cells.append(0.0)
            hits.append(0)
        cells[-1] += expected[text]
        hits[-1] += seen[text]
    if len(cells) > 1 and cells[-1] < LEAST_CELL:
        rest, seen_rest = cells.pop(), hits.pop()
        cells[-1] += rest
        hits[-1] += seen_rest
    assert len(cells) > 2
    assert stats.chisquare(hits, cells).pvalue > 1e-4


def test_greedy_completions_are_those_of_the_local_engine(engine: VllmSampler, local: LocalSampler) -> None:
    greedy = Decoding(temperature=0.0, max_new_tokens=12)
    [theirs] = engine.sample([request(1)], greedy)
    [ours] = local.sample([request(1)], greedy)
    assert theirs == ours
    stop = next(each for each in ours.completion[2:] if each.isascii() and each.isprintable())
    stopped = request(1, PROMPT.model_copy(update={"stop": (stop,)}))
    [theirs], [ours] = engine.sample([stopped], greedy), local.sample([stopped], greedy)
    assert theirs == ours


def test_a_temperature_that_vllm_would_change_is_refused(engine: VllmSampler) -> None:
    with pytest.raises(EngineError, match=r"cannot sample at temperature 0\.001"):
        list(engine.sample([request(1)], Decoding(temperature=0.001, max_new_tokens=1)))


def test_an_adapter_is_sampled_on_its_base(wide_model: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    peft = pytest.importorskip("peft")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(3)
    base = transformers.AutoModelForCausalLM.from_pretrained(wide_model, dtype=torch.float32)
    config = peft.LoraConfig(r=8, lora_alpha=64, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    adapted = peft.get_peft_model(base, config)
    adapted.save_pretrained(tmp_path / "adapter")
    merged = adapted.merge_and_unload()
    merged.save_pretrained(tmp_path / "merged")
    transformers.AutoTokenizer.from_pretrained(wide_model).save_pretrained(tmp_path / "merged")
    text = "def add(a, b):\n    return a + b\n"
    adapter = VllmSampler(tmp_path / "adapter", dtype="float32", memory=0.35, compiled=False)
    try:
        [drawn] = adapter.sample([request(1)], Decoding(temperature=0.0, max_new_tokens=12))
        theirs = adapter.next_token_logits(PROMPT, text, 4)
    finally:
        adapter.close()
    whole = LocalSampler(tmp_path / "merged", device="cpu", dtype="float32", workers=1)
    [ours] = whole.sample([request(1)], Decoding(temperature=0.0, max_new_tokens=12))
    assert drawn == ours
    np.testing.assert_allclose(
        sorted_logprobs(theirs), sorted_logprobs(whole.next_token_logits(PROMPT, text, 4)), atol=1e-3
    )
    plain = LocalSampler(wide_model, device="cpu", dtype="float32", workers=1)
    assert np.abs(plain.next_token_logits(PROMPT, text, 4) - whole.next_token_logits(PROMPT, text, 4)).max() > 0.05
