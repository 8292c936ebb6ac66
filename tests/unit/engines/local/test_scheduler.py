"""Whole completions: drawn from the model's distribution, and each the same in whatever company it is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from scipy import stats

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from passgap.engines.local.sampler import LocalSampler  # noqa: E402
from passgap.models.chat import render_prompt  # noqa: E402 - after the skip
from passgap.ports import SampleRequest  # noqa: E402
from passgap.records import Decoding, Prompt, Sample, sample_seed  # noqa: E402

DRAWS = 4_000

DTYPES = pytest.mark.parametrize("dtype", ["bfloat16", "float32"])


def requests(problems: int, samples: int) -> list[SampleRequest]:
    return [
        SampleRequest(
            problem_id=f"p{number}",
            prompt=Prompt(
                user="Write a function that adds. " * (1 + 2 * number), prefix="```python\n", stop=("\n```",)
            ),
            indices=tuple(range(samples)),
            seeds=tuple(sample_seed(5, number, index) for index in range(samples)),
        )
        for number in range(problems)
    ]


def pieces(request: SampleRequest, size: int) -> list[SampleRequest]:
    """A request cut into smaller ones, as another plan of shards would ask."""
    return [
        request.model_copy(
            update={
                "indices": request.indices[start : start + size],
                "seeds": request.seeds[start : start + size],
            }
        )
        for start in range(0, len(request.indices), size)
    ]


def drawn(
    folder: Path, batch_size: int, decoding: Decoding, calls: Sequence[Sequence[SampleRequest]], dtype: str
) -> dict[tuple[str, int], Sample]:
    sampler = LocalSampler(folder, device="cpu", dtype=dtype, batch_size=batch_size, workers=1)
    samples = [sample for call in calls for sample in sampler.sample(call, decoding)]
    sampler.close()
    assert len({(sample.problem_id, sample.index) for sample in samples}) == len(samples)
    return {(sample.problem_id, sample.index): sample for sample in samples}


def same_in_any_company(folder: Path, asked: list[SampleRequest], decoding: Decoding, dtype: str) -> None:
    together = drawn(folder, 64, decoding, [asked], dtype)
    reordered = drawn(folder, 5, decoding, [asked[::-1]], dtype)
    resharded = drawn(folder, 7, decoding, [pieces(request, 3) for request in asked], dtype)
    resumed = drawn(folder, 64, decoding, [asked[2:], asked[:2]], dtype)
    assert together == reordered == resharded == resumed


@DTYPES
def test_a_sample_is_the_same_in_any_company(tiny_model: Path, dtype: str) -> None:
    asked = requests(4, 6)
    same_in_any_company(tiny_model, asked, Decoding(temperature=1.3, top_p=0.95, max_new_tokens=40), dtype)


@pytest.mark.slow
@DTYPES
def test_a_sample_of_the_embedded_model_is_the_same_in_any_company(embedded_folder: Path, dtype: str) -> None:
    asked = requests(4, 6)
    same_in_any_company(embedded_folder, asked, Decoding(temperature=0.9, top_p=0.95, max_new_tokens=40), dtype)


def test_completions_with_the_same_tokens_share_a_sequence(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = LocalSampler(tiny_model, device="cpu", batch_size=64, workers=1)
    decoder = sampler._loaded()
    computed: list[int] = []
    step = decoder.step
    monkeypatch.setattr(decoder, "step", lambda tokens, *rest: computed.append(len(tokens)) or step(tokens, *rest))
    greedy = Decoding(temperature=0.0, max_new_tokens=6)
    assert len(list(sampler.sample(requests(2, 16), greedy))) == 32
    assert max(computed) == 2


def test_two_tokens_are_drawn_as_generate_draws_them(tiny_model: Path) -> None:
    decoding = Decoding(temperature=0.7, top_k=6, top_p=0.9, max_new_tokens=2)
    [request] = requests(1, 1)
    many = request.model_copy(
        update={
            "prompt": request.prompt.model_copy(update={"stop": ()}),
            "indices": tuple(range(DRAWS)),
            "seeds": tuple(sample_seed(5, "many", index) for index in range(DRAWS)),
        }
    )
    sampler = LocalSampler(tiny_model, device="cpu", dtype="float32", batch_size=500, workers=1)
    ours = Counter(sample.completion for sample in sampler.sample([many], decoding))

    model = transformers.AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_model)
    prompt = tokenizer(render_prompt(tokenizer, many.prompt), add_special_tokens=False, return_tensors="pt")
    torch.manual_seed(1)
    with torch.inference_mode():
        whole = model.generate(
            **prompt,
            do_sample=True,
            temperature=decoding.temperature,
            top_k=decoding.top_k,
            top_p=decoding.top_p,
            max_new_tokens=decoding.max_new_tokens,
            num_return_sequences=DRAWS,
        )
    fresh = whole[:, prompt["input_ids"].shape[1] :]
    theirs = Counter(tokenizer.batch_decode(fresh, skip_special_tokens=True))
    often = [text for text in ours | theirs if ours[text] + theirs[text] >= 20]
    assert len(often) >= 5
    table = [[counts[text] for text in often] for counts in (ours, theirs)]
    for row, counts in zip(table, (ours, theirs), strict=True):
        row.append(counts.total() - sum(row))
    if not table[0][-1] + table[1][-1]:
        table = [row[:-1] for row in table]
    assert stats.chi2_contingency(table).pvalue > 1e-4
