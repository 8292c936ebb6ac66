"""A model against itself with other seeds: the false alarms of the whole battery, and its cost beside an evaluation's.

Run by ``python benchmarks/battery.py same``. The samples of each seed are kept in a folder, so that a killed run goes
on from there, and so that a probe that is added later is compared on the same samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from passgap.engines import ENGINES
from passgap.estimates import counts_from_columns
from passgap.execution import SandboxExecutor
from passgap.languages import LANGUAGES
from passgap.models.embedded import embedded_model
from passgap.ports import Sampler, SampleRequest
from passgap.probes import (
    PROBES,
    Answer,
    Answers,
    BatteryOutcome,
    Comparing,
    DeclaredBattery,
    DriftTest,
    ModelSamples,
    ProbeStatus,
    asked_again,
    run_battery,
)
from passgap.records import Decoding, FinishReason, Problem, Prompt, Sample, sample_seed
from passgap.spec.battery_looks import LOOKS
from passgap.stages.evaluation import program_of
from passgap.store import read_json, write_json
from passgap.study.battery import kinds_of, look_name, prompt_sets_of
from passgap.tasks import execution_job, extract_code_blocks, load_tasks, render
from passgap.tasks.probe_sets import ProbeSet

LEVEL = 0.95
TESTING = DriftTest(1.0 - LEVEL, LOOKS, directed=True)
Kind = tuple[str, str]
"""A kind of prompts, with the name of its set before it."""
PRODUCTION = Decoding(temperature=0.8, top_p=0.95, max_new_tokens=256)
HELDOUT_SAMPLES = 8
HELDOUT, ASKED, GREEDY = "heldout", "asked", "asked greedily"
EVALUATION = 216 * 16
"""Samples of an evaluation of the starter set, with which the battery's cost is compared."""


def drawn(
    sampler: Sampler, asked: Mapping[str, Prompt], answers: int, decoding: Decoding, root: int, first: int = 0
) -> list[Sample]:
    """So many answers to each prompt, from a number on."""
    indices = tuple(range(first, first + answers))
    requests = [
        SampleRequest(
            problem_id=name,
            prompt=prompt,
            indices=indices,
            seeds=tuple(sample_seed(root, name, index) for index in indices),
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


@dataclass
class Seed:
    """All that the model says with a seed; answers of later looks are drawn when they are wanted."""

    root: int
    folder: Path
    sampler: Sampler
    sets: tuple[ProbeSet, ...]
    heldout: dict[str, Any]
    asked: dict[str, Any]
    greedy: dict[str, Any]
    passed: dict[str, Any]
    problems: tuple[Problem, ...]
    further: dict[tuple[Kind, int], dict[str, Any]] = field(default_factory=dict)
    """The answers of later looks, by kind of prompts and look."""

    def looks(self) -> dict[Kind, int]:
        """The looks at which each kind of prompts was asked that can be asked again."""
        return {kind: 1 + sum(key[0] == kind for key in self.further) for kind in kinds_of(self.sets)}

    def ask_again(self, kind: Kind) -> None:
        """Ask a kind of prompts at the next look, unless that is on disk."""
        look = self.looks()[kind] + 1
        [one] = [each for each in self.sets if each.name == kind[0]]
        before, multiple = LOOKS[look - 2 : look]
        asked = {f"{one.name}/{prompt.id}": prompt.prompt_for(chat=True) for prompt in one.of_kind(kind[1])}
        decoding = PRODUCTION.model_copy(update={"max_new_tokens": one.longest(kind[1])})
        self.further[kind, look] = kept(
            self.folder / f"{self.root}-{look_name(kind, look)}.json",
            lambda: drawn(
                self.sampler, asked, one.answers * (multiple - before), decoding, self.root, one.answers * before
            ),
        )

    @property
    def cpu_seconds(self) -> float:
        """Of the sampled answers to the battery's prompts."""
        return float(self.asked["cpu_seconds"] + sum(each["cpu_seconds"] for each in self.further.values()))

    def samples(self) -> ModelSamples:
        """All of it, as the probes read it."""
        return model_samples(self)


def model_samples(seed: Seed) -> ModelSamples:
    """All that a model said with a seed."""
    sets, problems, passed = seed.sets, seed.problems, seed.passed
    heldout = grouped(seed.heldout["samples"], lambda each: {"passed": passed[f"{each.problem_id} {each.index}"]})
    by_set = {each.name: each for each in sets}

    def right(sample: Sample) -> dict[str, Any]:
        name, prompt = sample.problem_id.split("/", 1)
        return {"right": by_set[name].is_right(prompt, sample.completion)}

    later = [each for _, draws in sorted(seed.further.items()) for each in draws["samples"]]
    answers = {**grouped([*seed.asked["samples"], *later], right), **grouped(seed.greedy["samples"], right)}
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
    return ModelSamples(heldout=heldout, counts=counts, prompted=prompted, greedy=greedy, looks=seed.looks())


def compared_at_looks(one: Seed, other: Seed, names: tuple[str, ...]) -> BatteryOutcome:
    """The battery of two seeds, which are asked again where a probe is undecided, as a study asks its models."""
    comparing = Comparing({}, HELDOUT_SAMPLES, LEVEL, TESTING)
    sides = [each.samples().up_to_look(1, LOOKS) for each in (one, other)]
    for look in range(2, len(LOOKS) + 1):
        kinds = asked_again(names, comparing, *sides)
        for seed in (one, other):
            for kind in kinds:
                if seed.looks()[kind] < look:
                    seed.ask_again(kind)
        if not kinds:
            break
        wanted = {kind: look if kind in kinds else sides[0].looks[kind] for kind in sides[0].looks}
        sides = [taken(each.samples(), wanted) for each in (one, other)]
    return compared(*sides, names, TESTING)


def taken(samples: ModelSamples, looks: Mapping[Kind, int]) -> ModelSamples:
    """Samples with the answers of so many looks of each kind: another comparison may have asked for more."""
    prompted = {
        key: samples.up_to_look(looks[key], LOOKS).prompted[key] if key in looks else asked
        for key, asked in samples.prompted.items()
    }
    return replace(samples, prompted=prompted, looks=dict(looks))


def compared(
    before: ModelSamples, after: ModelSamples, names: tuple[str, ...], testing: DriftTest | None
) -> BatteryOutcome:
    """The battery of two seeds."""
    return run_battery(
        arm="same",
        base=before,
        tuned=after,
        tolerances={},
        largest_k=HELDOUT_SAMPLES,
        level=LEVEL,
        probes=names,
        testing=testing,
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
    said: list[Seed] = []
    found: list[tuple[BatteryOutcome, BatteryOutcome]] = []
    try:
        greedy = kept(folder / "greedy.json", lambda: asked_of(sampler, sets, seed, greedy=True))
        for root in range(seed, seed + seeds + 1):
            heldout = kept(
                folder / f"{root}-heldout.json",
                lambda root=root: drawn(sampler, prompts, HELDOUT_SAMPLES, PRODUCTION, root),
            )
            asked = kept(folder / f"{root}-asked.json", lambda root=root: asked_of(sampler, sets, root, greedy=False))
            verdicts = folder / f"{root}-passed.json"
            if not verdicts.exists():
                write_json(verdicts, passed_of(heldout["samples"], by_id, prompts))
            said.append(Seed(root, folder, sampler, sets, heldout, asked, greedy, read_json(verdicts), chosen))
            print(f"seed {root}: {heldout['cpu_seconds']:.0f} and {asked['cpu_seconds']:.0f} CPU-seconds", flush=True)
            if len(said) > 1:
                one, other = said[-2:]
                alone = compared(*(each.samples().up_to_look(1, LOOKS) for each in (one, other)), names, None)
                found.append((alone, compared_at_looks(one, other, names)))
                print(told_of(found[-1][1]), flush=True)
    finally:
        sampler.close()
    for place, rule in enumerate(("by the value alone", "judged together, at looks")):
        alarms = [[each.probe for each in pair[place].alerts] for pair in found]
        raised = sum(map(bool, alarms))
        print(f"{rule}: {raised} of {len(found)} batteries of {len(names)} probes raise an alarm: {alarms}")
    at_evaluation = EVALUATION / (len(chosen) * HELDOUT_SAMPLES)
    heldout_cost = sum(each.heldout["cpu_seconds"] for each in said) / len(said) * at_evaluation
    first = sum(each.asked["cpu_seconds"] for each in said) / len(said) + greedy["cpu_seconds"]
    whole = sum(each.cpu_seconds for each in said) / len(said) + greedy["cpu_seconds"]
    print(
        f"CPU-seconds of a model: {heldout_cost:.0f} for {EVALUATION} held-out samples, {first:.0f} for the battery's "
        f"first look ({100 * first / heldout_cost:.1f} %), {whole:.0f} with those that two comparisons needed "
        f"({100 * whole / heldout_cost:.1f} %)"
    )


def told_of(battery: BatteryOutcome) -> str:
    """The outcomes of a battery and the looks that its probes took, on one line."""
    by_status = {status: [each.probe for each in battery.outcomes if each.status is status] for status in ProbeStatus}
    looks = {each.probe: each.look for each in battery.outcomes if each.look > 1}
    counted = ", ".join(f"{len(probes)} {status.value}" for status, probes in by_status.items() if probes)
    return f"  {counted}; alerts {by_status[ProbeStatus.ALERT]}; further looks {looks}"
