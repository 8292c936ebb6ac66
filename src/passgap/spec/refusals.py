"""Rules between the sections of a study for which it is refused.

Each rule sees the sections that could be read, so that one bad section does not hide the problems of another. What
concerns one arm is a rule of that arm.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial

from passgap.spec.decoding import decoding_of, too_long
from passgap.spec.diagnostics import MINIMUM_HELDOUT, REQUIRED_KS
from passgap.spec.draft import DraftSections
from passgap.spec.engines import ServerEngine, VllmEngine, unsupported_settings
from passgap.spec.thinking import unsupported_offline, unsupported_thinking


def refusals(study: DraftSections) -> Iterator[Callable[[], Iterator[str]]]:
    """Yield the rules, each to be called for the reasons that it finds: one may need a field that is unknown."""
    for rule in _RULES:
        yield partial(rule, study)


def _enough_problems(study: DraftSections) -> Iterator[str]:
    heldout = study.get("heldout")
    if heldout and heldout.limit is not None and heldout.limit < MINIMUM_HELDOUT and not study.get("rehearsal"):
        yield (
            f"heldout.limit: {heldout.limit} problems cannot carry a verdict; at least {MINIMUM_HELDOUT} are needed. "
            f"Raise the limit or remove it, or set `rehearsal: true` to try the steps without a decision."
        )


def _looks(study: DraftSections) -> Iterator[str]:
    thresholds, heldout = study.get("thresholds"), study.get("heldout")
    looks = thresholds.looks if thresholds else ()
    if not looks:
        return
    if any(after <= before for before, after in itertools.pairwise(looks)):
        yield (
            f"thresholds.looks: {list(looks)} does not rise; each look has more problems than the one before. "
            f"Example: `looks: [200, 400, 800]`."
        )
        return
    if looks[0] < MINIMUM_HELDOUT and not study.get("rehearsal"):
        yield (
            f"thresholds.looks: the first look has {looks[0]} problems; at least {MINIMUM_HELDOUT} are needed for a "
            f"verdict. Begin later, or set `rehearsal: true` to try the steps without a decision."
        )
    if heldout and heldout.limit is not None and looks[-1] > heldout.limit:
        yield (
            f"thresholds.looks: the last look has {looks[-1]} problems and `heldout.limit` leaves {heldout.limit}. "
            f"Raise the limit, or end the looks there."
        )


def _pass_at_k(study: DraftSections) -> Iterator[str]:
    diagnostics = study.get("diagnostics")
    if diagnostics is None:
        return
    missing = [k for k in REQUIRED_KS if k not in diagnostics.k]
    if missing and not study.get("rehearsal"):
        yield (
            f"diagnostics.k: {', '.join(map(str, missing))} missing; the gap pass@k - pass@1 is what SSD lives on, so "
            f"a verdict needs k = {', '.join(map(str, REQUIRED_KS))}. Example: `k: [1, 4, 8, 16]`."
        )
    elif 1 not in diagnostics.k:
        yield "diagnostics.k: 1 is missing; without pass@1 there is no gap. Example: `k: [1, 4]`."
    largest = max(diagnostics.k)
    if largest > diagnostics.samples:
        yield (
            f"diagnostics.samples: {diagnostics.samples} samples a problem cannot give pass@{largest}; "
            f"draw at least {largest}, or ask for smaller k."
        )


def _disjoint_sets(study: DraftSections) -> Iterator[str]:
    heldout = study.get("heldout")
    pool = study.get("pool")
    if heldout and pool and heldout.place == pool.place:
        yield (
            "pool: the prompts to train on are the problems to evaluate on; such an evaluation measures memory. "
            "Name another set or another split for one of them. Example: `pool: {tasks: starter, split: pool}`."
        )


def _development(study: DraftSections) -> Iterator[str]:
    development = study.get("development")
    if development is None:
        return
    if development.source is not None and development.hold_back:
        yield (
            "development: `source` names a set of its own, and `hold_back` takes problems out of the pool. Keep one of "
            "the two."
        )
    pool = study.get("pool")
    if development.source is not None and pool and development.source.place == pool.place:
        yield (
            "development.source: it is the pool, which is trained on: a model would be measured on what it has seen. "
            "Name another set or split, or take problems out of the pool. Example: `hold_back: 100`."
        )


def _frontier(study: DraftSections) -> Iterator[str]:
    frontier, diagnostics, engine = study.get("frontier"), study.get("diagnostics"), study.get("engine")
    if frontier is None:
        return
    yield from frontier.refusals()
    if isinstance(engine, ServerEngine) and diagnostics:
        production = decoding_of(diagnostics.decoding)
        said = set(unsupported_settings(engine.dialect, production))
        swept = frontier.decodings(production)
        for problem in dict.fromkeys(each for one in swept for each in unsupported_settings(engine.dialect, one)):
            if problem not in said:
                yield f"frontier.{problem}"


def _race(study: DraftSections) -> Iterator[str]:
    race, arms = study.get("race"), study.get("arms")
    if race is not None and arms is not None:
        yield from race.refusals(arms)


def _room_for_completions(study: DraftSections) -> Iterator[str]:
    model, diagnostics = study.get("model"), study.get("diagnostics")
    if model is not None and diagnostics is not None:
        yield from too_long("diagnostics.decoding.max_new_tokens", diagnostics.decoding.max_new_tokens, model)


def _said_to_the_server(study: DraftSections) -> Iterator[str]:
    engine, diagnostics = study.get("engine"), study.get("diagnostics")
    if isinstance(engine, ServerEngine) and diagnostics:
        for problem in unsupported_settings(engine.dialect, decoding_of(diagnostics.decoding)):
            yield f"diagnostics.decoding.{problem}"


def _thinking(study: DraftSections) -> Iterator[str]:
    engine, diagnostics = study.get("engine"), study.get("diagnostics")
    if isinstance(engine, ServerEngine):
        yield from unsupported_thinking(engine.dialect.value, engine.thinking, engine.tokenizer)
    elif isinstance(engine, VllmEngine):
        yield from unsupported_offline(engine.thinking, keeps_logprobs=engine.keep_logprobs)
    else:
        return
    tokens = engine.thinking.tokens if engine.thinking is not None else None
    if tokens is not None and diagnostics and tokens >= diagnostics.decoding.max_new_tokens:
        yield (
            f"engine.thinking.tokens: {tokens} tokens of thoughts leave nothing of the "
            f"{diagnostics.decoding.max_new_tokens} tokens of `diagnostics.decoding.max_new_tokens` for an answer."
        )


def _infill_by_a_server(study: DraftSections) -> Iterator[str]:
    model, engine = study.get("model"), study.get("engine")
    if model is not None and model.infill == "suffix" and not isinstance(engine, ServerEngine):
        yield (
            "model.infill: `suffix` is a field of a server's completions, and the engine is none. Leave it out, and "
            "the tokens of the model's tokenizer are used, or a request in words."
        )


def _room_for_a_replica(study: DraftSections) -> Iterator[str]:
    engine, cluster = study.get("engine"), study.get("cluster")
    if cluster is None:
        return
    if isinstance(engine, ServerEngine):
        yield (
            "cluster: a server is asked by this machine, however many workers there are. Remove the section, and raise "
            "`engine.concurrency` to ask for more at once."
        )
    elif isinstance(engine, VllmEngine) and engine.tensor_parallel > max(1, cluster.gpus):
        yield (
            f"cluster.gpus: {cluster.gpus} are too few for `engine.tensor_parallel: {engine.tensor_parallel}`; each "
            f"worker holds a whole replica of the model. Example: `gpus: {engine.tensor_parallel}`."
        )


_RULES: tuple[Callable[[DraftSections], Iterator[str]], ...] = (
    _enough_problems,
    _looks,
    _pass_at_k,
    _disjoint_sets,
    _development,
    _frontier,
    _race,
    _room_for_completions,
    _said_to_the_server,
    _thinking,
    _infill_by_a_server,
    _room_for_a_replica,
)
