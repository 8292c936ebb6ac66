"""The cost of a study's steps, predicted from what its first samples took.

Each step says what it was predicted from. Evaluating the tuned model repeats what the base took; pool samples are as
long as held-out samples and come as fast. A fine-tune is taken to run at the speed of sampling over as many tokens as
were sampled, which is near the truth for a full fine-tune of one epoch on a CPU and cautious on a GPU; where one has
been run, its own speed counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from passgap.arms import Work
from passgap.decisions.study_plan import FirstSignal, PlannedStep, Price, Throughput
from passgap.spec import StudySpec, VllmEngine
from passgap.spec.budget import Part
from passgap.stages import cost_of
from passgap.stages.evaluation import Evaluation
from passgap.store import IndexEntry, StudyFolder, select
from passgap.study.battery import Asked
from passgap.study.declared_arms import declared_arms
from passgap.study.declared_doses import measuring
from passgap.study.repetitions import repetitions_of, works_of
from passgap.tasks.splits import Splits

MEASURE_BASE = "measure the base model"
SWEEP_DECODING = "sweep decoding on the base model"

BASE_SAMPLES = "the base model's held-out samples"

BEFORE_THE_VERDICT = (MEASURE_BASE, SWEEP_DECODING)
"""Steps that are paid for when the verdict is given."""


def devices_of(spec: StudySpec) -> int:
    """Devices that work side by side: so many device-hours pass in an hour."""
    if spec.cluster is not None:
        return spec.cluster.devices
    return spec.engine.tensor_parallel if isinstance(spec.engine, VllmEngine) else 1


def first_signal_of(spec: StudySpec, steps: Iterable[PlannedStep]) -> FirstSignal:
    """When the verdict on the base model comes, if the study begins now and its devices do nothing else."""
    hours = sum(step.price.hours for step in steps if step.name in BEFORE_THE_VERDICT)
    return FirstSignal(
        days=hours / devices_of(spec) / 24.0,
        declared_days=spec.budget.days_to_first_signal,
        devices=devices_of(spec),
        people=spec.budget.team_size,
    )


def throughput_of(measured: Evaluation, source: str = BASE_SAMPLES) -> Throughput:
    """How fast the model was sampled and its samples were run; there must be samples."""
    sampling, running = measured.sampling, measured.running
    return Throughput(
        tokens_per_second=max(sampling.tokens, 1) / max(sampling.seconds, 1e-9),
        tokens_per_sample=max(sampling.tokens, 1) / sampling.samples,
        run_seconds_per_sample=running.seconds / sampling.samples,
        samples=sampling.samples,
        source=source,
    )


def given_throughput(spec: StudySpec) -> Throughput:
    """The speed that a study states; it must state one."""
    given = spec.throughput
    assert given is not None, "a study without a stated speed is priced from samples"
    return Throughput(
        tokens_per_second=given.tokens_per_second,
        tokens_per_sample=given.tokens_per_sample,
        run_seconds_per_sample=given.run_seconds_per_sample,
        training_tokens_per_second=given.training_tokens_per_second,
        samples=0,
        source=f"the study's `throughput` ({given.source})",
    )


def with_training_speed(throughput: Throughput, folder: StudyFolder) -> Throughput:
    """The same with the speed of the last fine-tune of this study, where there is one that was metered here."""
    for entry in reversed(_made_at_once(select(folder.index_of_all(), kind="model"))):
        assert entry.manifest is not None, "only complete artifacts are selected"
        if entry.manifest.facts.get("imported") or entry.manifest.facts.get("rollouts"):
            continue  # its seconds were not metered here, or are those of sampling too
        speed = cost_of(entry).tokens_per_second
        if speed is not None:
            return throughput.model_copy(update={"training_tokens_per_second": speed})
    return throughput


def _made_at_once(entries: Sequence[IndexEntry]) -> tuple[IndexEntry, ...]:
    """The fine-tunes less those that went on from an earlier part: these count the tokens of all parts."""
    begun: dict[str, IndexEntry] = {}
    for entry in entries:
        if entry.value("stop_after") is not None:
            begun.setdefault(entry.name, entry)
    return tuple(entry for entry in entries if begun.get(entry.name, entry) is entry)


def predict_steps(
    spec: StudySpec, splits: Splits, throughput: Throughput, answers: Mapping[str, Asked]
) -> tuple[PlannedStep, ...]:
    """The steps of the base model and of every declared arm, with the part of the budget that each is paid from.

    Args:
        spec: the study.
        splits: its problems.
        throughput: how fast the model is sampled and programs are run.
        answers: the answers that a model gives to the prompts of the battery.
    """
    return tuple(_Plan(spec, splits, throughput, answers).steps())


class _Plan:
    """Prices what a study is predicted to take."""

    def __init__(self, spec: StudySpec, splits: Splits, throughput: Throughput, answers: Mapping[str, Asked]) -> None:
        self._spec, self._throughput = spec, throughput
        self._heldout, self._pool = len(splits.heldout.problems), len(splits.pool.problems)
        self._answers, self._splits = answers, splits

    def _works(self, arm: str) -> tuple[Work, ...]:
        return works_of(self._spec, arm, self._heldout, self._pool, self._splits)

    def steps(self) -> Iterator[PlannedStep]:
        yield self._evaluation(MEASURE_BASE)
        arms = declared_arms(self._spec)
        apart = sum(not arm.in_every_run for arm, _ in arms)
        done: list[Work] = []
        first = True
        for arm, _ in arms:
            works = [each for each in self._works(arm.name) if each not in done]
            done.extend(works)
            of_arm = f" ({arm.name})" if apart > 1 and not arm.in_every_run else ""
            yield from self._priced(works, of_arm)
            yield from self._doses(arm.name, of_arm)
            if arm.in_every_run and not works:
                continue
            if arm.in_every_run:
                yield self._asked("ask the battery's prompts at the chosen decoding", 1)
                continue
            model = "tuned model" if arm.trains else "candidate"
            repetitions = repetitions_of(self._spec, arm.name)
            yield self._evaluation(f"measure the {model}{of_arm}", sum(each.samples for each in repetitions))
            if first:
                yield self._asked("ask both models the battery's prompts", 1 + len(repetitions))
            else:
                yield self._asked(f"ask the {model} the battery's prompts{of_arm}", len(repetitions))
            first = False

    def _doses(self, arm: str, of_arm: str) -> Iterator[PlannedStep]:
        """The dose curves of an arm, if it declares any, on as many development problems as there may be."""
        works = measuring(self._spec, arm, self._spec.development.problems)
        if works:
            price = price_of(sum(each.samples for each in works), self._throughput, self._spec, run=True)
            name = f"{works[0].title}{of_arm}"
            yield PlannedStep(name=name, part=Part.EVALUATION, price=price, basis=self._throughput.source)

    def _priced(self, works: Sequence[Work], of_arm: str) -> Iterator[PlannedStep]:
        """Works of one title are one step."""
        for title in dict.fromkeys(work.title for work in works):
            alike = [work for work in works if work.title == title]
            if alike[0].part is Part.TRAINING:
                yield from (self._fine_tune(work, of_arm) for work in alike)
                continue
            samples = sum(work.samples for work in alike)
            first = alike[0]
            price = price_of(
                samples,
                self._throughput,
                self._spec,
                run=first.run,
                runs=first.runs,
                draw=first.draw,
                longest=first.longest,
            )
            yield PlannedStep(name=f"{title}{of_arm}", part=alike[0].part, price=price, basis=self._throughput.source)

    def _evaluation(self, name: str, per_problem: int | None = None) -> PlannedStep:
        samples = self._heldout * (per_problem or self._spec.diagnostics.samples)
        price = price_of(samples, self._throughput, self._spec, run=True)
        return PlannedStep(name=name, part=Part.EVALUATION, price=price, basis=self._throughput.source)

    def _asked(self, name: str, models: int) -> PlannedStep:
        price = price_of_answers(self._answers, self._throughput, self._spec, models)
        return PlannedStep(name=name, part=Part.EVALUATION, price=price, basis=self._throughput.source)

    def _fine_tune(self, work: Work, of_arm: str) -> PlannedStep:
        return PlannedStep(
            name=f"{work.title}{of_arm}",
            part=Part.TRAINING,
            price=price_of_training(work, self._throughput, self._spec),
            basis=basis_of_training(self._throughput),
        )


def price_of_answers(asked: Mapping[str, Asked], throughput: Throughput, spec: StudySpec, models: int = 1) -> Price:
    """The price of asking so many models the prompts of the battery."""
    prices = (price_of(models * each.answers, throughput, spec, longest=each.longest) for each in asked.values())
    return sum(prices, Price(samples=0, tokens=0, hours=0.0, money=0.0))


def price_of_work(work: Work, throughput: Throughput, spec: StudySpec) -> Price:
    """The price of a work, whatever it is."""
    if work.part is Part.TRAINING:
        return price_of_training(work, throughput, spec)
    return price_of(work.samples, throughput, spec, run=work.run, runs=work.runs, draw=work.draw, longest=work.longest)


def price_of_training(work: Work, throughput: Throughput, spec: StudySpec) -> Price:
    """The price of a fine-tune."""
    tokens, hours = training_price(work, throughput, spec)
    return Price(samples=work.samples, tokens=tokens, hours=hours, money=hours * spec.budget.price_per_hour)


def basis_of_training(throughput: Throughput) -> str:
    """The speed that the price of a fine-tune is predicted from, in words."""
    measured = throughput.training_tokens_per_second
    if measured and not throughput.samples:
        return throughput.source
    return "this study's last fine-tune" if measured else "the speed of sampling: no fine-tune has been run yet"


def training_price(work: Work, throughput: Throughput, spec: StudySpec) -> tuple[int, float]:
    """Tokens that a fine-tune goes through, and its device-hours, with those of samples that are drawn within it."""
    length = min(throughput.tokens_per_sample, work.longest or throughput.tokens_per_sample)
    tokens = round((work.seen or work.samples) * length)
    hours = tokens / (throughput.training_tokens_per_second or throughput.tokens_per_second) / 3600.0
    if work.run:
        hours += price_of(work.samples, throughput, spec, run=True, longest=work.longest).hours
    return tokens, hours


def price_of(
    samples: int,
    throughput: Throughput,
    spec: StudySpec,
    *,
    run: bool = False,
    runs: int = 1,
    draw: bool = True,
    longest: int | None = None,
) -> Price:
    """Return the price of drawing samples.

    Args:
        samples: how many.
        throughput: how fast.
        spec: for the price of an hour.
        run: whether they are run in the sandbox as well.
        runs: how often each of them is run then.
        draw: whether they are drawn for it, or there already.
        longest: the most tokens that one can have, where that is less than what was measured.
    """
    length = min(throughput.tokens_per_sample, longest or throughput.tokens_per_sample) if draw else 0.0
    running = throughput.run_seconds_per_sample * runs if run else 0.0
    seconds = samples * (length / throughput.tokens_per_second + running)
    hours = seconds / 3600.0
    return Price(samples=samples, tokens=round(samples * length), hours=hours, money=hours * spec.budget.price_per_hour)
