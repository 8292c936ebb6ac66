"""What every engine owes its caller, on a tiny real model."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from passgap.engines import open_sampler
from passgap.errors import EngineError
from passgap.models.digests import model_digest
from passgap.models.resolution import resolve_model
from passgap.ports import LogitSource, Sampler, SampleRequest, TopLogprobSource
from passgap.records import Decoding, FinishReason, Prompt, sample_seed
from passgap.spec import Dialect, ServerEngine
from served import MODEL, serve

DECODING = Decoding(temperature=1.0, top_k=20, top_p=0.9, max_new_tokens=10)


def requests(problems: int = 3, samples: int = 5) -> list[SampleRequest]:
    return [
        SampleRequest(
            problem_id=f"p{number}",
            prompt=Prompt(user="Write a function that adds. " * (number + 1), prefix="```python\n", stop=("\n```",)),
            indices=tuple(range(samples)),
            seeds=tuple(sample_seed(1, number, index) for index in range(samples)),
        )
        for number in range(problems)
    ]


@pytest.fixture(scope="module", params=["local", "generate", "server", "vllm"])
def sampler(request: pytest.FixtureRequest, tiny_model: Path) -> Iterator[Sampler]:
    """Every engine, and the local one on an architecture that its decoder does not know."""
    with ExitStack() as server:
        if request.param == "server":
            url = server.enter_context(serve(tiny_model)).url
            declared = ServerEngine(name="server", base_url=url, dialect=Dialect.VLLM, tokenizer=str(tiny_model))
            opened = open_sampler("server", MODEL, engine=declared, context_tokens=1024)
        elif request.param == "vllm":
            pytest.importorskip("vllm", reason="vLLM is not installed")
            opened = open_sampler("vllm", request.getfixturevalue("wide_model"), memory=0.15, compiled=False)
        else:
            folder = tiny_model if request.param == "local" else request.getfixturevalue("other_model")
            opened = open_sampler("local", folder, device="cpu")
        yield opened
        opened.close()
        opened.close()


def test_every_sample_is_given_once_with_its_seed(sampler: Sampler) -> None:
    asked = requests()
    seeds = {(each.problem_id, i): s for each in asked for i, s in zip(each.indices, each.seeds, strict=True)}
    tokens: list[int] = []
    given = list(sampler.sample(asked, DECODING, progress=tokens.append))
    assert {(each.problem_id, each.index): each.seed for each in given} == seeds
    assert len(given) == len(seeds)
    assert sum(tokens) == sum(each.completion_tokens for each in given)
    assert all(1 <= each.completion_tokens <= 10 for each in given)


def test_the_same_requests_give_the_same_samples(sampler: Sampler) -> None:
    once = {(each.problem_id, each.index): each for each in sampler.sample(requests(), DECODING)}
    again = {(each.problem_id, each.index): each for each in sampler.sample(requests(), DECODING)}
    assert once == again
    assert len({each.completion for each in once.values()}) > 1


def test_more_rows_than_fit_at_once_are_refilled(tiny_model: Path) -> None:
    few = open_sampler("local", tiny_model, device="cpu", batch_size=2, workers=1)
    assert len(list(few.sample(requests(4, 6), DECODING))) == 24


def test_lanes_draw_side_by_side_what_each_would_draw_alone(tiny_model: Path) -> None:
    opened = open_sampler("local", tiny_model, device="cpu", batch_size=8, workers=2)
    shares = [requests(4, 16), requests(5, 12), requests(6, 10)]
    try:
        with ThreadPoolExecutor(3) as threads:
            together = list(threads.map(lambda share: list(opened.sample(share, DECODING)), shares))
        assert together == [list(opened.sample(share, DECODING)) for share in shares]
    finally:
        opened.close()
    alone = open_sampler("local", tiny_model, device="cpu", batch_size=4, workers=1)
    assert together[0] == list(alone.sample(shares[0], DECODING))


def test_a_killed_lane_is_one_clear_error_and_the_next_call_has_a_new_one(tiny_model: Path) -> None:
    opened = open_sampler("local", tiny_model, device="cpu", workers=2)
    try:
        drawing = opened.sample(requests(4, 16), DECODING)
        next(drawing)
        [worker] = opened._pool.pids  # type: ignore[attr-defined]
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(EngineError, match="was killed"):
            list(drawing)
        assert len(list(opened.sample(requests(4, 16), DECODING))) == 64
    finally:
        opened.close()


def test_a_call_that_is_left_early_leaves_nothing_for_the_next(tiny_model: Path) -> None:
    opened = open_sampler("local", tiny_model, device="cpu", workers=2)
    try:
        for _ in opened.sample(requests(4, 16), DECODING):
            break
        given = list(opened.sample(requests(3, 12), DECODING))
        assert len({(each.problem_id, each.index) for each in given}) == len(given) == 36
    finally:
        opened.close()


def test_greedy_samples_are_all_alike_and_are_the_most_likely_tokens(sampler: Sampler) -> None:
    greedy = Decoding(temperature=0.0, max_new_tokens=6)
    given = list(sampler.sample(requests(1), greedy))
    assert len({each.completion for each in given}) == 1


def test_a_stop_string_ends_a_completion_and_is_not_part_of_it(sampler: Sampler) -> None:
    greedy = Decoding(temperature=0.0, max_new_tokens=12)
    [whole] = sampler.sample(requests(1, 1), greedy)
    stop = next(each for each in whole.completion[2:] if each.isascii() and each.isprintable())
    [request] = requests(1, 1)
    stopped = request.model_copy(update={"prompt": request.prompt.model_copy(update={"stop": (stop,)})})
    [cut] = sampler.sample([stopped], greedy)
    assert cut.finish_reason is FinishReason.STOP
    assert stop not in cut.completion
    assert whole.completion.startswith(cut.completion)
    assert cut.completion_tokens <= whole.completion_tokens


def test_prompts_that_do_not_fit_are_all_named(sampler: Sampler) -> None:
    long = [each.model_copy(update={"prompt": Prompt(user="word " * 3000)}) for each in requests(2)]
    with pytest.raises(EngineError, match="2 prompts do not fit") as caught:
        list(sampler.sample([*requests(1), *long], DECODING))
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["p0", "p1"]


def test_a_call_that_is_left_early_does_not_disturb_the_next(sampler: Sampler) -> None:
    for _ in sampler.sample(requests(2, 4), DECODING):
        break
    given = list(sampler.sample(requests(3, 4), DECODING))
    assert len({(each.problem_id, each.index) for each in given}) == len(given) == 12


def test_logprobs_are_kept_where_they_are_asked_for_alone(sampler: Sampler) -> None:
    assert {each.logprobs for each in sampler.sample(requests(1), DECODING)} == {None}


def test_nothing_asked_for_gives_nothing(sampler: Sampler) -> None:
    assert list(sampler.sample([], DECODING)) == []


def test_the_identity_names_what_can_change_a_sample(sampler: Sampler) -> None:
    assert isinstance(sampler, Sampler)
    assert len(sampler.identity.model_digest) == 64
    assert sampler.identity.versions
    before = sampler.identity.model_dump()
    assert len(list(sampler.sample(requests(), DECODING))) > 0
    assert sampler.identity.model_dump() == before


def test_the_identity_of_a_local_model_holds_its_weights_and_versions(tiny_model: Path) -> None:
    local = open_sampler("local", tiny_model, device="cpu")
    assert local.identity.model_digest == model_digest(tiny_model)
    assert {"torch", "transformers"} <= set(local.identity.versions)


def test_logits_are_given_for_each_token_of_a_completion(sampler: Sampler) -> None:
    if isinstance(sampler, TopLogprobSource):
        top = sampler.top_logprobs(requests(1)[0].prompt, "def add(a, b):\n    return a + b\n", 4)
        assert top.shape == (4, 20)
        assert (np.diff(top, axis=1) <= 0.0).all()
        return
    assert isinstance(sampler, LogitSource)
    logits = sampler.next_token_logits(requests(1)[0].prompt, "def add(a, b):\n    return a + b\n", 4)
    assert logits.shape[0] == 4
    assert logits.dtype == "float32"


def test_an_engine_or_a_model_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no engine"):
        open_sampler("steam", tmp_path)
    with pytest.raises(EngineError, match="no model folder"):
        resolve_model("nowhere")
    with pytest.raises(EngineError, match="holds no model"):
        model_digest(tmp_path)
