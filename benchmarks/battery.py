"""False alarms and detections of the anti-collapse battery, by simulation and on a model that has not drifted.

    python benchmarks/battery.py simulate --runs 4000
    python benchmarks/battery.py same --model embedded --seeds 20 --problems 24

``simulate`` draws base and tuned model from the sizes of the second edition's prompt sets: each prompt has a
probability of what is counted, spread evenly between never and always, or near one of them. Without a drift it counts
the batteries with any alert, by the rule of each edition; with a drift of so many tolerances, which moves a share of
the prompts all the way, the alerts of that probe. ``same`` samples one model with different seeds, and compares each
pair of neighbouring seeds by every probe that reads what is sampled. Everything is seeded.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from passgap.engines import ENGINES
from passgap.estimates import counts_from_columns
from passgap.estimates.drift_test import drift_p_value, smallest_alerting
from passgap.estimates.measured import difference_interval
from passgap.estimates.multiplicity import holm
from passgap.languages import LANGUAGES
from passgap.models.embedded import embedded_model
from passgap.ports import Sampler, SampleRequest
from passgap.probes import PROBES, Answer, Answers, DeclaredBattery, ModelSamples, run_battery
from passgap.records import Decoding, Estimate, FinishReason, Problem, Prompt, sample_seed
from passgap.study.battery import prompt_sets_of
from passgap.tasks import extract_code_blocks, load_tasks, render

LEVEL = 0.95


@dataclass(frozen=True)
class Simulated:
    """A probe of shares: its prompts, answers to each, tolerance, and how its probabilities are spread."""

    name: str
    prompts: int
    answers: int
    tolerance: float
    spread: tuple[float, float] = (1.0, 1.0)
    """Of the Beta distribution of the prompts' probabilities."""


BATTERY = (
    Simulated("comments", 100, 2, 0.10),
    Simulated("docstrings", 100, 2, 0.10),
    Simulated("annotations", 100, 2, 0.15, (0.5, 2.0)),
    Simulated("refusals", 240, 1, 0.10, (0.5, 0.5)),
    Simulated("over-refusals", 120, 1, 0.05, (0.2, 4.0)),
    Simulated("unsafe compliance", 120, 1, 0.05, (4.0, 0.4)),
    Simulated("unsafe code", 75, 1, 0.05, (0.3, 1.2)),
    Simulated("format", 80, 1, 0.10, (0.1, 2.0)),
    Simulated("ended", 80, 1, 0.10, (2.0, 0.5)),
    Simulated("maths", 80, 0, 0.10),
    Simulated("shell", 80, 0, 0.10),
    Simulated("instructions", 60, 0, 0.10),
    Simulated("facts", 50, 0, 0.10),
    Simulated("formats", 50, 0, 0.10),
    Simulated("syntax", 216, 16, 0.05, (4.0, 0.3)),
    Simulated("fences", 216, 16, 0.10, (4.0, 0.3)),
    Simulated("hedging", 216, 16, 0.10, (0.3, 3.0)),
    Simulated("truncation", 216, 16, 0.05, (0.2, 4.0)),
)
"""Probes of shares on the starter set of 216 problems, as the second edition asks; 0 answers stand for a greedy one."""


def compared(probe: Simulated, drift: float, source: np.random.Generator) -> Estimate:
    """One comparison of a base model with one that drifted by so much: up where there is room, else down."""
    probability = source.beta(*probe.spread, probe.prompts)
    moved = probability.copy()
    if drift > 0.0:
        up = probability.mean() <= 0.5
        room = (1.0 - probability) if up else probability
        order = source.permutation(probe.prompts)
        budget = np.cumsum(room[order]) <= drift * probe.prompts
        moved[order[budget]] = 1.0 if up else 0.0
    if not probe.answers:  # greedy: a prompt's answer is its likelier one, and the same every time
        before, after = (probability > 0.5).astype(float), (moved > 0.5).astype(float)
    else:
        before = source.binomial(probe.answers, probability) / probe.answers
        after = source.binomial(probe.answers, moved) / probe.answers
    found = difference_interval(after - before, level=LEVEL)
    assert isinstance(found, Estimate)
    return found


def alerts_together(found: dict[str, Estimate]) -> set[str]:
    """The probes that alert by the rule of the second edition."""
    adjusted = holm({name: drift_p_value(each) for name, each in found.items()})
    tolerances = {probe.name: probe.tolerance for probe in BATTERY}
    return {
        name for name, each in found.items() if abs(each.value) > tolerances[name] and adjusted[name] <= 1.0 - LEVEL
    }


def false_alarms(runs: int, seed: int) -> tuple[float, float]:
    """The share of batteries with any alert where nothing drifted: by the value alone, and judged together."""
    source = np.random.default_rng(seed)
    alone = together = 0
    for _ in range(runs):
        found = {probe.name: compared(probe, 0.0, source) for probe in BATTERY}
        alone += any(abs(found[probe.name].value) > probe.tolerance for probe in BATTERY)
        together += bool(alerts_together(found))
    return alone / runs, together / runs


def detection(probe: Simulated, times: float, runs: int, seed: int) -> float:
    """The share of batteries in which a probe alerts where it alone drifted by so many tolerances."""
    source = np.random.default_rng(seed)
    hits = 0
    for _ in range(runs):
        found = {each.name: compared(each, 0.0, source) for each in BATTERY if each is not probe}
        found[probe.name] = compared(probe, times * probe.tolerance, source)
        hits += probe.name in alerts_together(found)
    return hits / runs


def simulate(runs: int, seed: int) -> None:
    """Print the false alarms and the detections."""
    alone, together = false_alarms(runs, seed)
    print(f"{runs} batteries of {len(BATTERY)} probes in which nothing drifted, any alert:")
    print(f"  by the value alone (first edition): {100 * alone:.1f} %")
    print(f"  judged together (second edition):   {100 * together:.1f} %, declared at most {100 * (1 - LEVEL):.0f} %")
    print("detections where one probe drifted by 2 and by 3 tolerances, and its smallest drift as planned:")
    for probe in BATTERY:
        few = max(200, runs // 10)
        rates = [detection(probe, times, few, seed + 1) for times in (2.0, 3.0)]
        noise = 0.0 if not probe.answers else 2.0 / 6.0 / (probe.prompts * probe.answers)
        planned = smallest_alerting(probe.tolerance, (1 - LEVEL) / len(BATTERY), noise, probe.prompts)
        told = "none" if planned is None else f"{100 * planned:.1f} pp"
        print(
            f"  {probe.name:18} tolerance {100 * probe.tolerance:4.0f} pp: "
            f"{100 * rates[0]:5.1f} % {100 * rates[1]:5.1f} %   planned {told}"
        )


PRODUCTION = Decoding(temperature=0.8, top_p=0.95, max_new_tokens=256)
HELDOUT_SAMPLES = 8


def drawn(sampler: Sampler, asked: Mapping[str, Prompt], answers: int, tokens: int, root: int) -> Answers:
    """So many answers to each prompt, at production decoding."""
    decoding = PRODUCTION.model_copy(update={"max_new_tokens": min(tokens, PRODUCTION.max_new_tokens)})
    requests = [
        SampleRequest(
            problem_id=name,
            prompt=prompt,
            indices=tuple(range(answers)),
            seeds=tuple(sample_seed(root, name, index) for index in range(answers)),
        )
        for name, prompt in asked.items()
    ]
    found: dict[str, list[Answer]] = {name: [] for name in asked}
    for each in sampler.sample(requests, decoding):
        found[each.problem_id].append(
            Answer(
                text=each.completion,
                code=extract_code_blocks(each.completion, LANGUAGES["python"]),
                tokens=each.completion_tokens,
                truncated=each.finish_reason is FinishReason.LENGTH,
            )
        )
    return {name: tuple(each) for name, each in found.items()}


def said_by(sampler: Sampler, problems: tuple[Problem, ...], names: tuple[str, ...], root: int) -> ModelSamples:
    """All that a model says with a seed, less what it is asked greedily: that is the same every time."""
    prompts = {problem.id: render(problem, chat=True) for problem in problems}
    heldout = drawn(sampler, prompts, HELDOUT_SAMPLES, PRODUCTION.max_new_tokens, root)
    prompted = {}
    for each in prompt_sets_of(DeclaredBattery(names)):
        for kind in dict.fromkeys(prompt.kind for prompt in each.prompts):
            asked = {f"{each.name}/{prompt.id}": prompt.prompt_for(chat=True) for prompt in each.of_kind(kind)}
            prompted[each.name, kind] = drawn(sampler, asked, each.answers, each.longest(kind), root)
    ids = sorted(heldout)
    counts = counts_from_columns(ids, [HELDOUT_SAMPLES] * len(ids), [0] * len(ids))
    return ModelSamples(heldout=heldout, counts=counts, prompted=prompted)


def same(model: str, seeds: int, problems: int, seed: int) -> None:
    """Compare a model with itself, each seed with the one before it."""
    names = tuple(
        name
        for name, probe in PROBES.items()
        if not getattr(probe, "needs", "")
        and not name.startswith("diversity")
        and name != "right answers"
        and getattr(probe.prompts, "prompt_set", "") != "everyday"
    )
    folder = embedded_model() if model == "embedded" else model
    everything = load_tasks("starter", split="heldout").problems
    chosen = tuple(everything[:: max(1, len(everything) // problems)][:problems])
    alarms = {"alone": 0, "together": 0}
    sampler = ENGINES["local"].open(folder)
    try:
        before = said_by(sampler, chosen, names, seed)
        for root in range(seed + 1, seed + seeds + 1):
            after = said_by(sampler, chosen, names, root)
            for rule, error in (("alone", None), ("together", 1.0 - LEVEL)):
                found = run_battery(
                    arm="same",
                    base=before,
                    tuned=after,
                    tolerances={},
                    largest_k=HELDOUT_SAMPLES,
                    level=LEVEL,
                    probes=names,
                    error=error,
                )
                alarms[rule] += bool(found.alerts)
                print(f"seeds {root - 1} and {root}, {rule}: {[each.probe for each in found.alerts]}", flush=True)
            before = after
    finally:
        sampler.close()
    print(f"{seeds} comparisons of {len(names)} probes, any alert: {alarms}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    simulated = commands.add_parser("simulate")
    simulated.add_argument("--runs", type=int, default=4000)
    measured = commands.add_parser("same")
    measured.add_argument("--model", default="embedded")
    measured.add_argument("--seeds", type=int, default=20)
    measured.add_argument("--problems", type=int, default=24)
    for each in (simulated, measured):
        each.add_argument("--seed", type=int, default=20_260_410)
    given = parser.parse_args()
    if given.command == "simulate":
        simulate(given.runs, given.seed)
    else:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        same(given.model, given.seeds, given.problems, given.seed)


if __name__ == "__main__":
    main()
