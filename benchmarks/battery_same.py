"""A model against itself with other seeds: the false alarms of the whole battery, and its cost beside an evaluation's.

Run by ``python benchmarks/battery.py same``. The samples of each seed are kept in a folder, so that a killed run goes
on from there, and so that a probe that is added later is compared on the same samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from passgap.engines import ENGINES
from passgap.estimates import counts_from_columns
from passgap.execution import SandboxExecutor
from passgap.languages import LANGUAGES
from passgap.models.embedded import embedded_model
from passgap.ports import Sampler, SampleRequest
from passgap.probes import PROBES, Answer, Answers, BatteryOutcome, DeclaredBattery, ModelSamples, run_battery
from passgap.records import Decoding, FinishReason, Problem, Prompt, Sample, sample_seed
from passgap.stages.evaluation import program_of
from passgap.store import read_json, write_json
from passgap.study.battery import prompt_sets_of
from passgap.tasks import execution_job, extract_code_blocks, load_tasks, render
from passgap.tasks.probe_sets import ProbeSet

LEVEL = 0.95
PRODUCTION = Decoding(temperature=0.8, top_p=0.95, max_new_tokens=256)
HELDOUT_SAMPLES = 8
HELDOUT, ASKED, GREEDY = "heldout", "asked", "asked greedily"
EVALUATION = 216 * 16
"""Samples of an evaluation of the starter set, with which the battery's cost is compared."""


def drawn(sampler: Sampler, asked: Mapping[str, Prompt], answers: int, decoding: Decoding, root: int) -> list[Sample]:
    """So many answers to each prompt."""
    requests = [
        SampleRequest(
            problem_id=name,
            prompt=prompt,
            indices=tuple(range(answers)),
            seeds=tuple(sample_seed(root, name, index) for index in range(answers)),
        )
        for name, prompt in asked.items()
    ]
    return sorted(sampler.sample(requests, decoding), key=lambda each: (each.problem_id, each.index))


def asked_of(sampler: Sampler, sets: tuple[ProbeSet, ...], root: int, *, greedy: bool) -> Iterator[Sample]:
    """Yield the answers to the prompt sets that are asked greedily, or to those that are not."""
    for each in sets:
        for kind in dict.fromkeys(prompt.kind for prompt in each.prompts):
            if each.greedy is greedy:
                asked = {f"{each.name}/{prompt.id}": prompt.prompt_for(chat=True) for prompt in each.of_kind(kind)}
                decoding = PRODUCTION.model_copy(update={"max_new_tokens": each.longest(kind)})
                if greedy:
                    decoding = Decoding(temperature=0.0, top_k=0, top_p=1.0, max_new_tokens=each.longest(kind))
                yield from drawn(sampler, asked, each.answers, decoding, root)


def cpu_seconds() -> float:
    """CPU time of this process and of those that it started: the engine's workers compute."""
    here = psutil.Process()
    times = [each.cpu_times() for each in (here, *here.children(recursive=True))]
    return sum(each.user + each.system + each.children_user + each.children_system for each in times)


def kept(file: Path, draw: Any) -> dict[str, Any]:
    """The samples of a file with their cost in CPU-seconds, drawn where there is none."""
    if not file.exists():
        began = cpu_seconds()
        samples = list(draw())
        write_json(
            file,
            {
                "cpu_seconds": cpu_seconds() - began,
                "samples": [each.model_dump(mode="json", exclude={"tokens", "logprobs"}) for each in samples],
            },
        )
    found: dict[str, Any] = read_json(file)
    found["samples"] = [Sample.model_validate(each) for each in found["samples"]]
    return found


def passed_of(samples: list[Sample], problems: Mapping[str, Problem], prompts: Mapping[str, Prompt]) -> dict[str, Any]:
    """Whether each sample passes, by its problem and number; None where it could not be scored."""
    jobs = [
        execution_job(f"{each.problem_id} {each.index}", problem, program_of(each, problem, prompts[each.problem_id]))
        for each in samples
        if (problem := problems[each.problem_id])
    ]
    with SandboxExecutor(workers=1) as executor:
        return {each.key: each.outcome.passed for each in executor.run(iter(jobs))}


def answer_of(sample: Sample, **said: Any) -> Answer:
    """A sample as the probes read it."""
    return Answer(
        text=sample.completion,
        code=extract_code_blocks(sample.completion, LANGUAGES["python"]),
        tokens=sample.completion_tokens,
        truncated=sample.finish_reason is FinishReason.LENGTH,
        **said,
    )


def grouped(samples: list[Sample], said: Any) -> Answers:
    """Answers by prompt; ``said`` gives the further fields of each."""
    found: dict[str, list[Answer]] = {}
    for each in samples:
        found.setdefault(each.problem_id, []).append(answer_of(each, **said(each)))
    return {name: tuple(each) for name, each in found.items()}


def model_samples(
    seed: dict[str, dict[str, Any]], passed: dict[str, Any], sets: tuple[ProbeSet, ...], problems: tuple[Problem, ...]
) -> ModelSamples:
    """All that a model said with a seed."""
    heldout = grouped(seed[HELDOUT]["samples"], lambda each: {"passed": passed[f"{each.problem_id} {each.index}"]})
    by_set = {each.name: each for each in sets}

    def right(sample: Sample) -> dict[str, Any]:
        name, prompt = sample.problem_id.split("/", 1)
        return {"right": by_set[name].is_right(prompt, sample.completion)}

    answers = {**grouped(seed[ASKED]["samples"], right), **grouped(seed[GREEDY]["samples"], right)}
    prompted = {
        (each.name, kind): {
            f"{each.name}/{prompt.id}": answers[f"{each.name}/{prompt.id}"] for prompt in each.of_kind(kind)
        }
        for each in sets
        for kind in dict.fromkeys(prompt.kind for prompt in each.prompts)
    }
    ids = [problem.id for problem in problems]
    scored = {name: [each.passed for each in heldout[name] if each.passed is not None] for name in ids}
    counts = counts_from_columns(
        ids,
        [len(scored[name]) for name in ids],
        [sum(map(bool, scored[name])) for name in ids],
        difficulties=[problem.difficulty for problem in problems],
    )
    greedy = frozenset(each.name for each in sets if each.greedy)
    return ModelSamples(heldout=heldout, counts=counts, prompted=prompted, greedy=greedy)


def compared(before: ModelSamples, after: ModelSamples, names: tuple[str, ...], error: float | None) -> BatteryOutcome:
    """The battery of two seeds."""
    return run_battery(
        arm="same",
        base=before,
        tuned=after,
        tolerances={},
        largest_k=HELDOUT_SAMPLES,
        level=LEVEL,
        probes=names,
        error=error,
    )


def thinned(whole: ProbeSet, every: int) -> ProbeSet:
    """A set with every so-many-th prompt of each kind."""
    kinds = dict.fromkeys(prompt.kind for prompt in whole.prompts)
    return whole.model_copy(update={"prompts": tuple(one for kind in kinds for one in whole.of_kind(kind)[::every])})


def same(model: str, seeds: int, problems: int, seed: int, folder: Path, every: int = 1) -> None:
    """Compare a model with itself, each seed with the one before it, and print false alarms and cost."""
    names = tuple(name for name, probe in PROBES.items() if getattr(probe, "needs", "") != "likelihoods")
    sets = tuple(thinned(each, every) for each in prompt_sets_of(DeclaredBattery(names)))
    everything = load_tasks("starter", split="heldout").problems
    chosen = tuple(everything[:: max(1, len(everything) // problems)][:problems])
    by_id = {problem.id: problem for problem in chosen}
    prompts = {problem.id: render(problem, chat=True) for problem in chosen}
    folder.mkdir(parents=True, exist_ok=True)
    sampler = ENGINES["local"].open(embedded_model() if model == "embedded" else model)
    costs: list[tuple[float, float]] = []
    said: list[ModelSamples] = []
    try:
        greedy = kept(folder / "greedy.json", lambda: asked_of(sampler, sets, seed, greedy=True))
        for root in range(seed, seed + seeds + 1):
            draws = {
                HELDOUT: kept(
                    folder / f"{root}-heldout.json",
                    lambda root=root: drawn(sampler, prompts, HELDOUT_SAMPLES, PRODUCTION, root),
                ),
                ASKED: kept(
                    folder / f"{root}-asked.json", lambda root=root: asked_of(sampler, sets, root, greedy=False)
                ),
                GREEDY: greedy,
            }
            verdicts = folder / f"{root}-passed.json"
            if not verdicts.exists():
                write_json(verdicts, passed_of(draws[HELDOUT]["samples"], by_id, prompts))
            costs.append((draws[HELDOUT]["cpu_seconds"], draws[ASKED]["cpu_seconds"]))
            said.append(model_samples(draws, read_json(verdicts), sets, chosen))
            print(f"seed {root}: {costs[-1][0]:.0f} and {costs[-1][1]:.0f} CPU-seconds", flush=True)
    finally:
        sampler.close()
    told = {"by the value alone": None, "judged together": 1.0 - LEVEL}
    for rule, error in told.items():
        found = [compared(one, other, names, error) for one, other in pairwise(said)]
        alarms = [[each.probe for each in battery.alerts] for battery in found]
        raised = sum(map(bool, alarms))
        print(f"{rule}: {raised} of {len(found)} batteries of {len(names)} probes raise an alarm: {alarms}")
        if error is not None:
            print({each.probe: each.status.value for each in found[0].outcomes})
    heldout = sum(each for each, _ in costs) / len(costs) / (len(chosen) * HELDOUT_SAMPLES) * EVALUATION
    asked = sum(each for _, each in costs) / len(costs) + greedy["cpu_seconds"]
    print(
        f"CPU-seconds of a model: {heldout:.0f} for {EVALUATION} held-out samples, {asked:.0f} for the battery "
        f"({100 * asked / heldout:.1f} %)"
    )
