"""The cost of each arm: as if it were the only one, and what no other arm uses; killed and failed runs are in both."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from passgap.arms import ARMS, BASE
from passgap.estimates.intervals import t_quantile, z_quantile
from passgap.records import SamplesManifest, Stage, StageManifest
from passgap.report.comparison import ArmCost, CostRange, InferenceCost
from passgap.spec import StudySpec
from passgap.stages.costs import metered_seconds
from passgap.stages.evaluation import Evaluation
from passgap.store import Artifact, IndexEntry, TracedFolder
from passgap.study.candidates import MeasuredCandidate
from passgap.study.context import StudyContext
from passgap.study.pilot.naming import pilot_label
from passgap.study.repetitions import repetitions_of

_MEASURED = re.compile(
    r"-(?:heldout-(?:samples|results)|(?:\d+x\d+-)?(?:greedy-)?probes-samples"
    r"|[\w-]+-look-\d+-probes-samples|(?:[\w-]+-look-\d+-)?judgements)"
)
"""The ends of the names of the artifacts of a candidate's final evaluation, which is no part of its cost."""

ALIKE = "the spread of sampling's throughput over shards, taken for all stages"
SEEDS = "the spread between seeds"


@dataclass(frozen=True)
class ArmCosts:
    """The artifacts of a study by the arms that used them."""

    context: StudyContext
    candidates: tuple[MeasuredCandidate, ...]
    base: Evaluation

    @cached_property
    def report(self) -> tuple[ArmCost, ...]:
        """The cost of every arm of which there is anything on disk, in the order of the arms."""
        found = {one.arm: self._of_candidate(one) for one in self.candidates}
        for name in ARMS:
            own = self._owned(name)
            if name not in found and name != BASE and own:
                found[name] = self._of_failed(name, own)
        return tuple(found[name] for name in ARMS if name in found)

    @cached_property
    def shared(self) -> float:
        """Device-hours of what belongs to no arm."""
        of_arms = {each for one in self.candidates for each in (*self._all(one), *self._evaluated(one))}
        of_arms |= {entry.folder for name in ARMS if name != BASE for entry in self._owned(name)}
        return self._hours(self._entries.keys() - of_arms)

    def standalone(self, one: MeasuredCandidate) -> CostRange:
        """The cost of one checkpoint, as if its arm were the only one."""
        return self._ranged(self.by_seed(one), self.spread(one))

    def by_seed(self, one: MeasuredCandidate) -> list[float]:
        """Device-hours of making the candidate of each seed, as if it were the only one."""
        return [self._hours(self._made(each)) for each in one.repetitions]

    def spread(self, one: MeasuredCandidate) -> float:
        """The standard error of a cost over the cost, from the speeds of the shards of its samples, or of base's."""
        sampled = [self._entries[folder] for folder in self._all(one)]
        return _relative_error(sampled) or _relative_error([_entry_of(each) for each in self.base.samples])

    def _of_candidate(self, one: MeasuredCandidate) -> ArmCost:
        elsewhere = self._used_elsewhere(one)
        made, seeds = [self._made(each) for each in one.repetitions], len(one.repetitions)
        sent, given = self._external(self._all(one))
        return ArmCost(
            arm=one.arm,
            seeds=seeds,
            standalone=self.standalone(one),
            marginal=sum(self._hours(folders - elsewhere) for folders in made) / seeds,
            stages=self._by_stage(made, self._searched(one.arm)),
            spent=self._hours(self._all(one)),
            evaluation=self._hours(self._evaluated(one)),
            external_prompt_tokens=sent,
            external_tokens=given,
        )

    def _by_stage(self, made: Sequence[set[Path]], searched: Set[Path]) -> dict[str, float]:
        """The mean over the seeds of the device-hours of each stage, in the order of the stages."""
        seconds: dict[str, list[float]] = {}
        for folder in (each for folders in made for each in folders):
            stage = Stage.PILOT.value if folder in searched else _stage_of(self._entries[folder])
            seconds.setdefault(stage, []).append(self._seconds[folder])
        order = [*map(str, Stage), *sorted(seconds.keys() - set(map(str, Stage)))]
        return {name: math.fsum(seconds[name]) / 3600.0 / len(made) for name in order if name in seconds}

    def _of_failed(self, arm: str, own: Sequence[IndexEntry]) -> ArmCost:
        folders = {entry.folder for entry in own}
        sent, given = self._external(folders)
        return ArmCost(
            arm=arm,
            seeds=0,
            standalone=self._ranged([0.0], 0.0),
            marginal=0.0,
            spent=self._hours(folders),
            evaluation=0.0,
            external_prompt_tokens=sent,
            external_tokens=given,
        )

    @cached_property
    def _entries(self) -> dict[Path, IndexEntry]:
        return {entry.folder: entry for entry in self.context.folder.index()}

    @cached_property
    def _seconds(self) -> dict[Path, float]:
        return {folder: _seconds_of(entry) for folder, entry in self._entries.items()}

    @cached_property
    def _labels(self) -> dict[str, str]:
        """The arm of each label that names of artifacts begin with, the longest labels first."""
        labels = {name: name for name in ARMS}
        for name in ARMS:
            if name in self.context.spec.arms:
                labels |= {each.name: name for each in repetitions_of(self.context.spec, name)}
        return dict(sorted(labels.items(), key=lambda item: -len(item[0])))

    def _label(self, entry: IndexEntry) -> str | None:
        return next((label for label in self._labels if entry.name.startswith(f"{label}-")), None)

    def _owned(self, arm: str) -> list[IndexEntry]:
        """The artifacts that are named for an arm."""
        return [each for each in self._entries.values() if (at := self._label(each)) and self._labels[at] == arm]

    def _made(self, one: MeasuredCandidate) -> set[Path]:
        """The artifacts of one candidate: what its arm asked for, and what it left behind under its own name."""
        label = one.repetition.name if one.repetition is not None else one.arm
        own = {entry.folder for entry in self._entries.values() if self._label(entry) == label}
        own |= self._searched(one.arm)
        final = {folder for folder in own if _measures(label, self._entries[folder].name)}
        return (own | (one.used & self._entries.keys())) - final

    def _searched(self, arm: str) -> set[Path]:
        """The artifacts of the search for an arm's recipe: each of its checkpoints rests on it."""
        used = TracedFolder(self.context.folder, pilot_label(arm)).used & self._entries.keys()
        own = {entry.folder for entry in self._entries.values() if entry.name.startswith(f"{pilot_label(arm)}-")}
        return own | used

    def _all(self, one: MeasuredCandidate) -> set[Path]:
        return set().union(*(self._made(each) for each in one.repetitions))

    def _evaluated(self, one: MeasuredCandidate) -> set[Path]:
        labels = {each.repetition.name if each.repetition is not None else each.arm for each in one.repetitions}
        return {
            folder for folder, entry in self._entries.items() if any(_measures(label, entry.name) for label in labels)
        }

    def _used_elsewhere(self, one: MeasuredCandidate) -> set[Path]:
        return set().union(*(self._all(each) for each in self.candidates if each.arm != one.arm))

    def _hours(self, folders: Set[Path]) -> float:
        return math.fsum(self._seconds[folder] for folder in folders) / 3600.0

    def _external(self, folders: set[Path]) -> tuple[int, int]:
        manifests = [_manifest(self._entries[folder]) for folder in folders]
        known = [each for each in manifests if each is not None]
        return sum(each.external_prompt_tokens for each in known), sum(each.external_tokens for each in known)

    def _ranged(self, hours: Sequence[float], spread: float) -> CostRange:
        return cost_range(self.context.spec, hours, spread)


def cost_range(spec: StudySpec, hours: Sequence[float], spread: float) -> CostRange:
    """A cost from that of each seed, with Student's t over the seeds; with one seed, from a relative standard error."""
    level, mean = spec.thresholds.level, math.fsum(hours) / len(hours)
    if len(hours) > 1:
        deviation = math.sqrt(math.fsum((each - mean) ** 2 for each in hours) / (len(hours) - 1))
        half, said = t_quantile(level, len(hours) - 1) * deviation / math.sqrt(len(hours)), SEEDS
        low, high = max(0.0, mean - half), mean + half
    else:
        times, said = math.exp(z_quantile(level) * spread), ALIKE if spread and mean else ""
        low, high = mean / times, mean * times
    return CostRange(hours=mean, low=low, high=high, money=mean * spec.budget.price_per_hour, spread=said)


def inference_costs(
    spec: StudySpec, costs: ArmCosts, base: MeasuredCandidate, candidates: Sequence[MeasuredCandidate]
) -> tuple[InferenceCost, ...]:
    """The cost of 1,000 calls of every candidate, base included.

    Tokens of prompt and completion are those of its held-out samples. All are priced at one throughput, tokens handled
    in a device-second over the held-out samples of all candidates: a machine that was busier during one evaluation than
    during another says nothing about the candidates.
    """
    everyone = (base, *(each for each in candidates if not each.asked_as_base))
    sampled = [each.evaluation.sampling for one in everyone for each in one.repetitions]
    handled, seconds = sum(each.tokens + each.prompt_tokens for each in sampled), sum(each.seconds for each in sampled)
    spread = costs.spread(base)
    return tuple(_inference(spec, one, seconds / handled if handled else 0.0, spread) for one in (base, *candidates))


def _inference(spec: StudySpec, one: MeasuredCandidate, seconds_per_token: float, spread: float) -> InferenceCost:
    drawn = [each.evaluation.sampling for each in one.repetitions]
    samples = sum(each.samples for each in drawn) or 1
    prompt = sum(each.prompt_tokens for each in drawn) / samples
    completion = sum(each.tokens for each in drawn) / samples
    per_call = one.candidate.samples_per_call
    hours = 1000 * (prompt + per_call * completion) * seconds_per_token / 3600.0
    return InferenceCost(
        arm=one.arm,
        samples_per_call=per_call,
        prompt_tokens=prompt,
        tokens=completion * per_call,
        per_1000=cost_range(spec, [hours], spread),
    )


def _seconds_of(entry: IndexEntry) -> float:
    """The device-seconds of all runs, killed ones included; those that were declared of what was made elsewhere."""
    metered = metered_seconds(Artifact(entry.folder, entry.name, entry.inputs))
    manifest = _manifest(entry)
    return metered if manifest is None else max(metered, manifest.seconds)


def _manifest(entry: IndexEntry) -> StageManifest | None:
    return entry.manifest.read_as(StageManifest) if entry.manifest is not None else None


def _stage_of(entry: IndexEntry) -> str:
    manifest = _manifest(entry)
    if manifest is not None and manifest.stage is not None:
        return manifest.stage.value
    return {"samples": Stage.SAMPLING, "results": Stage.SCORING, "model": Stage.TRAINING}.get(entry.kind, entry.kind)


def _entry_of(artifact: Artifact) -> IndexEntry:
    return IndexEntry(folder=artifact.folder, name=artifact.name, inputs=artifact.inputs, manifest=artifact.manifest)


def _relative_error(entries: Sequence[IndexEntry]) -> float:
    """The standard error of the mean speed of the shards over that mean; 0 where fewer than two are known."""
    speeds: list[float] = []
    for entry in entries:
        if entry.kind == "samples" and entry.manifest is not None:
            speeds += entry.manifest.read_as(SamplesManifest).shard_speeds
    if len(speeds) < 2:
        return 0.0
    mean = math.fsum(speeds) / len(speeds)
    variance = math.fsum((each - mean) ** 2 for each in speeds) / (len(speeds) - 1)
    return math.sqrt(variance / len(speeds)) / mean if mean else 0.0


def _measures(label: str, name: str) -> bool:
    """Whether an artifact belongs to the final evaluation of the candidate of a label."""
    return name.startswith(label) and _MEASURED.fullmatch(name, len(label)) is not None
