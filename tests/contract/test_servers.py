"""A server that misbehaves costs time, never a sample: nothing is lost, doubled or made up."""

from __future__ import annotations

import logging
import random
import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from passgap.engines import open_sampler
from passgap.engines.server import faults
from passgap.errors import EngineError
from passgap.ports import EngineIdentity, Sampler, SampleRequest, TopLogprobSource
from passgap.records import Decoding, FinishReason, Prompt, Sample, sample_seed
from passgap.spec import ServerEngine
from passgap.tasks.fill_marks import FILL_MARKS
from served import MODEL, SLOW_SECONDS, ModelServer, serve

DECODING = Decoding(temperature=1.0, top_k=20, top_p=0.9, max_new_tokens=6)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(faults, "LONGEST_WAIT", 0.05)


def requests(problems: int = 4, samples: int = 4) -> list[SampleRequest]:
    return [
        SampleRequest(
            problem_id=f"p{number}",
            prompt=Prompt(user="Write a function that adds. " * (number + 1), prefix="```python\n", stop=("\n```",)),
            indices=tuple(range(samples)),
            seeds=tuple(sample_seed(1, number, index) % 1_000_003 for index in range(samples)),
        )
        for number in range(problems)
    ]


def opened(
    server: ModelServer | str, tiny_model: Path, recorded: Sequence[EngineIdentity] = (), **engine: Any
) -> Sampler:
    declared = ServerEngine.model_validate(
        {
            "name": "server",
            "base_url": server if isinstance(server, str) else server.url,
            "dialect": "vllm",
            "tokenizer": str(tiny_model),
            "concurrency": 4,
            "timeout_seconds": 20,
            "retry_seconds": 20,
            **engine,
        }
    )
    return open_sampler("server", MODEL, engine=declared, context_tokens=1024, recorded=recorded)


def by_key(samples: Sequence[Sample]) -> dict[tuple[str, int], Sample]:
    assert len({(each.problem_id, each.index) for each in samples}) == len(samples)
    return {(each.problem_id, each.index): each for each in samples}


def as_told(samples: dict[tuple[str, int], Sample]) -> dict[tuple[str, int], Sample]:
    """The samples less their token ids and what ended them, which no server of every dialect tells."""
    untold = {"tokens": None, "end_token": None, "stop": None}
    return {key: each.model_copy(update=untold) for key, each in samples.items()}


def alone(tiny_model: Path, asked: Sequence[SampleRequest], decoding: Decoding) -> dict[tuple[str, int], Sample]:
    """The samples of the local engine for the same seeds, each drawn in a call of its own as a server does."""
    local = open_sampler("local", tiny_model, device="cpu", workers=1)
    singles = [
        each.model_copy(update={"indices": (index,), "seeds": (seed,)})
        for each in asked
        for index, seed in zip(each.indices, each.seeds, strict=True)
    ]
    return as_told(by_key([sample for single in singles for sample in local.sample([single], decoding)]))


@pytest.mark.parametrize("begun", [True, False], ids=["tokens", "conversation"])
def test_a_server_gives_the_samples_that_the_local_engine_draws_with_the_same_seeds(
    tiny_model: Path, begun: bool
) -> None:
    with serve(tiny_model) as server:
        sampler = opened(server, tiny_model, tokenizer=str(tiny_model) if begun else None)
        given = by_key(list(sampler.sample(requests(), DECODING)))
        sampler.close()
    assert as_told(given) == alone(tiny_model, requests(), DECODING)
    assert set(server.paths) == {"/v1/completions" if begun else "/v1/chat/completions"}


@pytest.mark.parametrize("here", [True, False], ids=["text", "conversation"])
def test_a_hosted_service_is_sent_what_its_api_has(tiny_model: Path, here: bool) -> None:
    plain = Decoding(temperature=0.9, top_p=0.9, max_new_tokens=6)
    asked = requests(2, 2)
    if not here:
        asked = [
            each.model_copy(update={"prompt": each.prompt.model_copy(update={"prefix": "", "stop": ()})})
            for each in asked
        ]
    with serve(tiny_model) as server:
        sampler = opened(server, tiny_model, dialect="openai", tokenizer=str(tiny_model) if here else None)
        given = by_key(list(sampler.sample(asked, plain)))
        sampler.close()
    assert as_told(given) == alone(tiny_model, asked, plain)
    sent = {"model", "temperature", "top_p", "max_tokens", "seed", *(("prompt", "stop") if here else ("messages",))}
    assert all(set(body) == sent for body in server.bodies)


def asked_plainly() -> list[SampleRequest]:
    bare = {"prefix": "", "stop": ()}
    return [each.model_copy(update={"prompt": each.prompt.model_copy(update=bare)}) for each in requests(2, 2)]


def test_a_budget_of_thoughts_is_sent_and_thoughts_are_counted_and_no_part_of_the_completion(tiny_model: Path) -> None:
    with serve(tiny_model, thoughts=lambda body: min(500, body["thinking_token_budget"])) as server:
        thinking = {"tokens": 30, "effort": "low", "template": {"enable_thinking": True}}
        sampler = opened(server, tiny_model, tokenizer=None, thinking=thinking)
        given = by_key(list(sampler.sample(asked_plainly(), DECODING)))
        assert '"tokens":30' in sampler.identity.versions["thinking"]
        sampler.close()
    drawn = alone(tiny_model, asked_plainly(), DECODING)
    assert {key: each.completion for key, each in given.items()} == {
        key: each.completion for key, each in drawn.items()
    }
    assert all(each.completion_tokens == drawn[key].completion_tokens + 30 for key, each in given.items())
    body = server.bodies[0]
    assert (body["thinking_token_budget"], body["reasoning_effort"]) == (30, "low")
    assert body["chat_template_kwargs"] == {"enable_thinking": True}


def test_a_server_that_does_not_keep_a_budget_is_found_out(tiny_model: Path) -> None:
    with serve(tiny_model, thoughts=lambda _: 500) as server:
        sampler = opened(server, tiny_model, tokenizer=None, thinking={"tokens": 30})
        with pytest.raises(EngineError, match=r"thought for 500 tokens, and `engine\.thinking\.tokens` allows 30"):
            list(sampler.sample(asked_plainly(), DECODING))
        sampler.close()
        refused = opened(server, tiny_model, thinking={"tokens": 30})
        with pytest.raises(EngineError, match="cannot be told") as caught:
            list(refused.sample(asked_plainly(), DECODING))
        refused.close()
    assert "engine.tokenizer" in caught.value.problems[0]


@pytest.mark.parametrize("here", [True, False], ids=["tokenizer", "none"])
def test_a_gap_is_sent_with_both_sides_or_with_the_models_own_marks(tiny_model: Path, here: bool) -> None:
    by_server = Prompt(user="def add(a, b):\n", suffix="    return total\n", chat=False)
    by_marks = FILL_MARKS["qwen"].prompt("def add(a, b):\n", "    return total\n")
    asked = [
        SampleRequest(problem_id=name, prompt=prompt, indices=(0,), seeds=(7,))
        for name, prompt in (("suffix", by_server), ("marks", by_marks))
    ]
    with serve(tiny_model) as server:
        sampler = opened(server, tiny_model, tokenizer=str(tiny_model) if here else None)
        given = by_key(list(sampler.sample(asked, DECODING)))
        sampler.close()
    assert set(server.paths) == {"/v1/completions"}
    sides = [body for body in server.bodies if "suffix" in body]
    assert [(each["prompt"], each["suffix"]) for each in sides] == [(by_server.user, by_server.suffix)]
    marked = asked[1:]
    assert as_told(given)["marks", 0] == alone(tiny_model, marked, DECODING)["marks", 0]


def test_nothing_is_lost_or_doubled_whatever_goes_wrong(tiny_model: Path) -> None:
    source = random.Random(5)
    wrongs = ["429", "500", "cut", "garbage", "no choices", "slow"]
    plan = {number: source.choice(wrongs) for number in range(60) if source.random() < 0.6}
    with serve(tiny_model, misbehave=plan.get) as server:
        sampler = opened(server, tiny_model, timeout_seconds=SLOW_SECONDS - 0.5)
        given = by_key(list(sampler.sample(requests(), DECODING)))
        sampler.close()
    assert as_told(given) == alone(tiny_model, requests(), DECODING)
    assert len(server.bodies) > 16 + 10
    assert set(plan.values()) == set(wrongs)


def test_requests_are_in_flight_together_and_never_more_than_declared(tiny_model: Path) -> None:
    with serve(tiny_model, misbehave=lambda number: "together" if number < 3 else None) as server:
        sampler = opened(server, tiny_model, concurrency=3)
        assert len(list(sampler.sample(requests(), DECODING))) == 16
        sampler.close()
    assert server.busiest == 3


def test_a_server_that_dies_is_one_clear_error_that_holds_no_key(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TEST_KEY", "sk-very-secret")
    caplog.set_level(logging.DEBUG)
    with serve(tiny_model, misbehave=lambda number: "die" if number == 7 else None) as server:
        sampler = opened(server, tiny_model, retry_seconds=0.3, key_variable="TEST_KEY")
        with pytest.raises(EngineError, match="gives no answers") as caught:
            list(sampler.sample(requests(), DECODING))
        sampler.close()
    assert server.keys[0] == "Bearer sk-very-secret"
    assert "Finished shards are kept" in str(caught.value)
    assert "very-secret" not in f"{caught.value!r}{caplog.text}{sampler!r}"


def test_a_key_that_the_server_repeats_is_not_repeated(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "sk-very-secret")
    with serve(tiny_model, misbehave=lambda _: "500") as server:
        sampler = opened(server, tiny_model, retry_seconds=0.1, key_variable="TEST_KEY")
        with pytest.raises(EngineError) as caught:
            list(sampler.sample(requests(1, 1), DECODING))
        sampler.close()
    assert "oops Bearer [key]" in str(caught.value)
    assert "very-secret" not in str(caught.value)


def test_a_key_that_is_not_there_is_said_by_the_name_of_its_variable(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_KEY", raising=False)
    sampler = opened("http://127.0.0.1:9/v1", tiny_model, key_variable="TEST_KEY")
    with pytest.raises(EngineError, match="key for") as caught:
        _ = sampler.identity
    assert "TEST_KEY" in caught.value.problems[0]
    sampler.close()


def test_prompts_that_the_server_refuses_are_all_named_and_little_else_is_paid_for(tiny_model: Path) -> None:
    def refuse(body: dict[str, Any]) -> str | None:
        return "too long for me" if len(body["prompt"]) > len(server.bodies[0]["prompt"]) else None

    with serve(tiny_model, refuse=refuse) as server:
        sampler = opened(server, tiny_model, concurrency=1)
        with pytest.raises(EngineError, match="refuses 3 prompts") as caught:
            list(sampler.sample(requests(4, 8), DECODING))
        sampler.close()
    assert caught.value.problems == ("p1, p2, p3: HTTP 400: too long for me",)
    assert len(server.bodies) == 4


def test_prompts_that_do_not_fit_are_named_before_anything_is_sent(tiny_model: Path) -> None:
    long = [each.model_copy(update={"prompt": Prompt(user="word " * 3000)}) for each in requests(2)]
    with serve(tiny_model) as server:
        sampler = opened(server, tiny_model)
        with pytest.raises(EngineError, match="2 prompts do not fit"):
            list(sampler.sample(long, DECODING))
        sampler.close()
    assert server.bodies == []


def test_a_setting_that_the_server_cannot_be_told_is_refused_not_dropped(tiny_model: Path) -> None:
    sampler = opened("http://127.0.0.1:9/v1", tiny_model, dialect="openai", tokenizer=None)
    with pytest.raises(EngineError, match="cannot be told") as caught:
        list(sampler.sample(requests(), DECODING))
    assert "top_k" in caught.value.problems[0]
    sampler.close()


def test_a_model_that_is_not_served_is_an_error_that_names_what_is(tiny_model: Path) -> None:
    with serve(tiny_model) as server:
        declared = ServerEngine(name="server", base_url=server.url, dialect="vllm")
        sampler = open_sampler("server", "tinny", engine=declared, context_tokens=1024)
        with pytest.raises(EngineError, match="does not serve `tinny`") as caught:
            _ = sampler.identity
        sampler.close()
    assert "Did you mean `tiny`?" in caught.value.problems[0]


def test_a_wrong_path_is_said_at_once(tiny_model: Path) -> None:
    with serve(tiny_model) as server:
        sampler = opened(server.url.removesuffix("/v1") + "/v2", tiny_model)
        with pytest.raises(EngineError, match="refuses this study") as caught:
            list(sampler.sample(requests(1, 1), DECODING))
        sampler.close()
    assert "HTTP 404" in caught.value.problems[0]


def test_what_was_written_down_is_believed_until_something_is_drawn(tiny_model: Path) -> None:
    with serve(tiny_model) as server:
        first = opened(server, tiny_model)
        identity = first.identity
        first.close()
    assert identity.versions["reported server version"] == "1.0"
    gone = opened(server, tiny_model, [identity], retry_seconds=0.1)
    assert gone.identity == identity
    with pytest.raises(EngineError, match="gives no answers"):
        list(gone.sample(requests(1, 1), DECODING))
    gone.close()

    with serve(tiny_model, port=server.port, version="2.0") as another:
        later = opened(another, tiny_model, [identity])
        with pytest.raises(EngineError, match="not the one that this study's samples came from") as caught:
            list(later.sample(requests(1, 1), DECODING))
        later.close()
    assert caught.value.problems[0] == "reported server version: 1.0 before, 2.0 now"
    assert another.bodies == []


def test_an_arm_is_not_compared_with_a_base_model_of_another_server(tiny_model: Path) -> None:
    with serve(tiny_model) as server:
        base = opened(server, tiny_model)
        identity = base.identity.model_copy(update={"model": "another"})
        base.close()
        same = opened(server, tiny_model, [identity])
        assert same.identity.model == MODEL
        same.close()
        server.version = "2.0"
        changed = opened(server, tiny_model, [identity])
        with pytest.raises(EngineError, match="not the one that this study's samples came from"):
            _ = changed.identity
        changed.close()


def test_a_server_that_comes_back_as_another_in_the_middle_is_noticed(tiny_model: Path) -> None:
    with serve(tiny_model, misbehave=lambda number: "die" if number >= 5 else None) as server:
        sampler = opened(server, tiny_model, concurrency=1)
        drawing = sampler.sample(requests(), DECODING)
        drawn = [next(drawing) for _ in range(5)]
        # Of its own accord, by the sixth request: stopped earlier, it cuts no request, and the change is noticed last.
        assert server.gone.wait(600)
        with serve(tiny_model, port=server.port, version="2.0"), pytest.raises(EngineError, match="not the one"):
            drawn.extend(drawing)
        sampler.close()
    assert len(drawn) == 5


def test_a_server_that_is_replaced_between_two_requests_is_noticed_before_the_samples_count(tiny_model: Path) -> None:
    with serve(tiny_model, misbehave=lambda number: "slow" if number else None) as server:
        sampler = opened(server, tiny_model, concurrency=1)
        drawing = sampler.sample(requests(), DECODING)
        next(drawing)
        server.stop()
        with serve(tiny_model, port=server.port, version="2.0"), pytest.raises(EngineError, match="not the one"):
            list(drawing)
        sampler.close()


def test_a_server_that_was_exchanged_between_two_requests_is_noticed_before_a_shard_is_kept(tiny_model: Path) -> None:
    with serve(tiny_model) as server:
        sampler = opened(server, tiny_model, concurrency=1)
        drawing = sampler.sample(requests(1, 6), DECODING)
        drawn = [next(drawing)]
        server.version = "2.0"
        with pytest.raises(EngineError, match="not the one"):
            drawn.extend(drawing)
        sampler.close()
    assert len(drawn) == 6


def test_a_server_that_comes_back_the_same_is_gone_on_with(tiny_model: Path) -> None:
    with serve(tiny_model, misbehave=lambda number: "die" if number >= 5 else None) as server:
        sampler = opened(server, tiny_model, concurrency=2)
        drawing = sampler.sample(requests(), DECODING)
        drawn = [next(drawing) for _ in range(4)]
        server.stop()
        with serve(tiny_model, port=server.port):
            drawn.extend(drawing)
        sampler.close()
    assert as_told(by_key(drawn)) == alone(tiny_model, requests(), DECODING)


def test_tokens_are_counted_here_where_the_server_reports_none_and_not_made_up(tiny_model: Path) -> None:
    with serve(tiny_model, usage=False) as server:
        sampler = opened(server, tiny_model)
        given = list(sampler.sample(requests(), DECODING))
        sampler.close()
        wanted = alone(tiny_model, requests(), DECODING)
        for each in given:
            same = wanted[each.problem_id, each.index]
            assert each.prompt_tokens == same.prompt_tokens
            assert each.finish_reason is same.finish_reason
            assert each.completion_tokens >= 1
        blind = opened(server, tiny_model, tokenizer=None)
        with pytest.raises(EngineError, match="refuses this study") as caught:
            list(blind.sample(requests(), DECODING))
        blind.close()
    assert "reports no token usage" in caught.value.problems[0]


def test_greedy_sampling_is_greedy(tiny_model: Path) -> None:
    greedy = Decoding(temperature=0.0, top_k=20, max_new_tokens=6)
    with serve(tiny_model) as server:
        sampler = opened(server, tiny_model)
        given = by_key(list(sampler.sample(requests(2, 2), greedy)))
        sampler.close()
    assert {each.completion for each in given.values() if each.problem_id == "p0"} == {given["p0", 0].completion}
    assert as_told(given) == alone(tiny_model, requests(2, 2), greedy)
    assert given["p0", 0].finish_reason in FinishReason


def test_a_closed_engine_gives_up_what_is_in_flight(tiny_model: Path) -> None:
    with serve(tiny_model, misbehave=lambda number: "slow" if number > 3 else None) as server:
        sampler = opened(server, tiny_model)
        drawing = sampler.sample(requests(), DECODING)
        next(drawing)
        sampler.close()
        sampler.close()
        with pytest.raises(EngineError, match="closed"):
            list(drawing)
        with pytest.raises(EngineError, match="closed"):
            list(sampler.sample(requests(), DECODING))


def test_the_top_log_probabilities_are_the_models_own(tiny_model: Path) -> None:
    local = open_sampler("local", tiny_model, device="cpu")
    prompt, text = requests(1)[0].prompt, "def add(a, b):\n    return a + b\n"
    logits = local.next_token_logits(prompt, text, 5).astype("float64")  # type: ignore[attr-defined]
    wanted = (-logits).argsort(axis=1)[:, :4]
    with serve(tiny_model) as server:
        sampler = opened(server, tiny_model, logprobs=4)
        assert isinstance(sampler, TopLogprobSource)
        given = sampler.top_logprobs(prompt, text, 5)
        silent = opened(server, tiny_model, logprobs=0)
        assert not isinstance(silent, TopLogprobSource)
        sampler.close()
        silent.close()
    assert given.shape == (5, 4)
    for row, own, tokens in zip(given, logits, wanted, strict=True):
        gaps = own[tokens] - own[tokens[0]]
        assert row - row[0] == pytest.approx(gaps, abs=0.05), "bfloat16 rounds other batches otherwise"


def test_a_server_that_asks_for_more_time_than_there_is_is_said_at_once(tiny_model: Path) -> None:
    with serve(tiny_model, misbehave=lambda _: "busy") as server:
        sampler = opened(server, tiny_model, retry_seconds=60)
        with pytest.raises(EngineError, match="gives no answers") as caught:
            list(sampler.sample(requests(1, 1), DECODING))
        sampler.close()
    assert "One try; the last: HTTP 503: loading (asks for 900 seconds)" in caught.value.problems[0]


def test_an_address_that_nobody_answers_is_said_after_a_few_tries(tiny_model: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    sampler = opened(url, tiny_model, retry_seconds=0.2)
    with pytest.raises(EngineError, match="gives no answers") as caught:
        _ = sampler.identity
    assert re.search(r"One try|\d+ tries in 0 seconds", caught.value.problems[0])
    assert "ConnectError" in caught.value.problems[0]
    sampler.close()
