"""Budgets bind: what is left of each part, and the refusal of what does not fit into it.

Hours are device-hours. What was spent is read from the clocks that every step keeps, killed runs included; what a step
still takes is predicted from measured throughput, or, before there is one, from the declared parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path

import pyarrow.parquet as pq

from passgap.arms import BASE, Work
from passgap.decisions.study_plan import Throughput
from passgap.errors import StudyError
from passgap.records import Record, digest_of
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.stages.costs import cost_of, metered_seconds
from passgap.store import Artifact, IndexEntry, StudyFolder, select
from passgap.study.assumed_costs import ASSUMPTION, assumed_tokens_per_second
from passgap.study.battery import Asked
from passgap.study.context import OVER_BUDGET, StudyContext
from passgap.study.cost_model import price_of, training_price, with_training_speed
from passgap.study.repetitions import repetitions_of, works_of
from passgap.tasks.splits import Splits

RELIEF = {
    Part.SAMPLING: ("sampling.per_prompt", "pool.limit"),
    Part.TRAINING: ("training.epochs", "sampling.per_prompt", "pool.limit"),
    Part.EVALUATION: ("diagnostics.samples", "heldout.limit"),
}
"""Settings that can be lowered where a part is too small; those of sampling and training are an arm's own."""


_OF_ARM = ("sampling.", "training.")


class BudgetError(StudyError):
    """A step's predicted cost exceeds what is left of its part of the budget: it was not begun."""


class Shortfall(Record):
    """A part of the budget into which a step does not fit. Hours are device-hours."""

    part: Part
    needed: float
    left: float
    declared: float
    spent: float

    @property
    def over(self) -> float:
        """Hours that are lacking."""
        return self.needed - self.left


def part_of(name: str) -> Part:
    """The part that an artifact is paid from."""
    if "-pool-" in name:
        return Part.SAMPLING
    return Part.TRAINING if name.endswith(("-model", "-reference")) else Part.EVALUATION


def spent_hours(folder: StudyFolder) -> dict[Part, float]:
    """Device-hours that went into each part of the budget, finished or not, of second rounds too."""
    spent = dict.fromkeys(Part, 0.0)
    for entry in folder.index_of_all():
        artifact = Artifact(entry.folder, entry.name, entry.inputs)
        spent[part_of(entry.name)] += metered_seconds(artifact) / 3600.0
    return spent


def evaluation_work(spec: StudySpec, problems: int, name: str = BASE) -> tuple[Work, ...]:
    """Evaluating a model on so many held-out problems."""
    return (Work(Part.EVALUATION, f"{name}-heldout", problems * spec.diagnostics.samples, run=True),)


def making(spec: StudySpec, splits: Splits, arm: str) -> tuple[Work, ...]:
    """Making the candidates of an arm, as it says."""
    return works_of(spec, arm, len(splits.heldout.problems), len(splits.pool.problems), splits)


def evaluating(spec: StudySpec, splits: Splits, arm: str) -> tuple[Work, ...]:
    """Evaluating an arm's candidates on the held-out problems, one for each repetition."""
    problems = len(splits.heldout.problems)
    return tuple(
        Work(Part.EVALUATION, f"{each.name}-heldout", problems * each.samples, run=True)
        for each in repetitions_of(spec, arm)
    )


def probing(asked: Mapping[str, Asked], *names: str) -> tuple[Work, ...]:
    """Asking candidates the battery's prompts, for so many answers each."""
    return tuple(
        Work(Part.EVALUATION, f"{name}-{kind}", each.answers, longest=each.longest)
        for name in names
        for kind, each in asked.items()
    )


def require_budget(context: StudyContext, arm: str, works: Sequence[Work]) -> None:
    """Let a step begin if what it still takes fits into what is left, or if the study may go over its budget.

    Going over is put into the ledger, with the hours of each part.

    Raises:
        BudgetError: it does not fit; every part that is too small is named.
    """
    if context.read_only:
        return
    spec = context.spec
    throughput = throughput_on_disk(context.folder, spec)
    short = shortfalls(spec, works, throughput, context.folder)
    if not short:
        return
    if context.over_budget:
        over = "; ".join(_short(each, spec) for each in short)
        context.record(
            OVER_BUDGET,
            {
                "arm": arm,
                "over": over,
                "predicted_from": throughput.source,
                "parts": {each.part.value: each.model_dump(mode="json", exclude={"part"}) for each in short},
            },
        )
        context.services.progress.note(
            f"{arm} goes over its budget: " + "; ".join(_short(each, spec) for each in short)
        )
        return
    raise BudgetError(
        f"the arm `{arm}` does not fit into what is left of the budget, so it was not begun",
        [
            *(_told(each, spec, arm) for each in short),
            f"Predicted from {throughput.source}. `--over-budget` goes on all the same, and says so in the ledger.",
        ],
    )


def shortfalls(
    spec: StudySpec, works: Iterable[Work], throughput: Throughput, folder: StudyFolder
) -> tuple[Shortfall, ...]:
    """The parts of the budget that are too small for what these works still take."""
    index, spent = folder.index(), spent_hours(folder)
    needed = dict.fromkeys(Part, 0.0)
    for work in works:
        needed[work.part] += remaining_hours(spec, work, throughput, index)
    found = []
    for part, hours in needed.items():
        declared = getattr(spec.budget.hours, part.value)
        left = max(0.0, declared - spent[part])
        if hours > left:
            found.append(Shortfall(part=part, needed=hours, left=left, declared=declared, spent=spent[part]))
    return tuple(found)


def remaining_hours(spec: StudySpec, work: Work, throughput: Throughput, index: Sequence[IndexEntry]) -> float:
    """Device-hours that a work still takes: finished shards are not done again, a fine-tune begins from the base."""
    if work.part is Part.TRAINING:
        if select(tuple(index), f"{work.name}-model"):
            return 0.0
        return training_price(work, throughput, spec)[1]
    made = [
        entry
        for entry in index
        if entry.name == f"{work.name}-samples"
        and all(entry.value(path) == value for path, value in work.made_from.items())
    ]
    drawn = sum(_rows(entry.folder, "parquet") for entry in made)
    missing = max(0, work.samples - drawn) if work.draw else 0
    hours = price_of(missing, throughput, spec, longest=work.longest).hours
    if work.run:
        of = {digest_of(entry.inputs) for entry in made}
        ran = sum(
            _rows(entry.folder, "jsonl")
            for entry in index
            if entry.name == f"{work.results or work.name}-results" and entry.value("samples") in of
        )
        hours += max(0, work.samples - ran) * work.runs * throughput.run_seconds_per_sample / 3600.0
    return hours


def throughput_on_disk(folder: StudyFolder, spec: StudySpec) -> Throughput:
    """The speed that was measured: of the base model's held-out samples, else of the pilot; else the assumed one."""
    named = (("base", "the base model's held-out samples"), ("pilot", "the plan's pilot"))
    indexes = (folder.index(), folder.index_of_all()) if folder.part else (folder.index(),)
    for index, (name, source) in product(indexes, named):
        drawn = [cost_of(each) for each in select(index, f"{name}-heldout-samples")]
        ran = [cost_of(each) for each in select(index, f"{name}-heldout-results")]
        tokens, samples = sum(each.tokens for each in drawn), sum(each.samples for each in drawn)
        seconds = sum(each.seconds for each in drawn)
        if tokens and samples and seconds:
            scored = sum(each.samples for each in ran)
            measured = Throughput(
                tokens_per_second=tokens / seconds,
                tokens_per_sample=tokens / samples,
                run_seconds_per_sample=sum(each.seconds for each in ran) / scored if scored else 0.0,
                samples=samples,
                source=source,
            )
            return with_training_speed(measured, folder)
    return Throughput(
        tokens_per_second=assumed_tokens_per_second(spec),
        tokens_per_sample=float(spec.diagnostics.decoding.max_new_tokens),
        training_tokens_per_second=assumed_tokens_per_second(spec, training=True),
        samples=0,
        source=ASSUMPTION,
    )


def _rows(folder: Path, suffix: str) -> int:
    """Samples in the finished shards of an artifact."""
    shards = [path for path in folder.iterdir() if path.name.startswith("shard-") and path.suffix == f".{suffix}"]
    if suffix == "parquet":
        return sum(int(pq.read_metadata(shard).num_rows) for shard in shards)
    return sum(shard.read_bytes().count(b"\n") for shard in shards)


def _short(each: Shortfall, spec: StudySpec) -> str:
    money = each.over * spec.budget.price_per_hour
    return (
        f"{each.part.value} by {_hours(each.over)} {spec.budget.device}-hours, {money:.2f} {spec.budget.currency} "
        f"({_hours(each.needed)} needed, {_hours(each.left)} left)"
    )


def _told(each: Shortfall, spec: StudySpec, arm: str) -> str:
    *several, last = (f"`{spec.at(arm, name) if name.startswith(_OF_ARM) else name}`" for name in RELIEF[each.part])
    device, budget = spec.budget.device, spec.budget
    return (
        f"budget.hours.{each.part.value}: about {_hours(each.needed)} {device}-hours are needed, and "
        f"{_hours(each.left)} of the declared {_hours(each.declared)} are left ({_hours(each.spent)} are spent, killed "
        f"runs included). Lacking: {_hours(each.over)} {device}-hours, "
        f"{each.over * budget.price_per_hour:.2f} {budget.currency}. Raise it, or lower {', '.join(several)} or {last} "
        f"in a new study folder."
    )


def _hours(value: float) -> str:
    """Hours with as many digits as tell them apart from none."""
    return f"{value:.2f}" if value >= 0.1 or value == 0.0 else f"{value:.2g}"
