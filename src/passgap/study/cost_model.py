"""The cost of a study's steps, predicted from what its first samples took.

Each step says what it was predicted from. Evaluating the tuned model repeats what the base took; pool samples are as
long as held-out samples and come as fast. A fine-tune is taken to run at the speed of sampling over as many tokens as
were sampled, which is near the truth for a full fine-tune of one epoch on a CPU and cautious on a GPU; where one has
been run, its own speed counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from passgap.decisions.study_plan import FirstSignal, Part, PlannedStep, Price, Throughput
from passgap.recipes import examples_seen, mixed_among, training_config
from passgap.spec import StudySpec, VllmEngine
from passgap.stages import cost_of
from passgap.store import StudyFolder, select
from passgap.study.battery import PROBE_TOKENS, SAMPLES_PER_PROBE
from passgap.study.evaluation import Evaluation
from passgap.study.splits import Splits

MEASURE_BASE = "measure the base model"
SWEEP_DECODING = "sweep decoding on the base model"

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


def throughput_of(measured: Evaluation, source: str = "the base model's held-out samples") -> Throughput:
    """How fast the model was sampled and its samples were run; there must be samples."""
    sampling, running = measured.sampling, measured.running
    return Throughput(
        tokens_per_second=max(sampling.tokens, 1) / max(sampling.seconds, 1e-9),
        tokens_per_sample=max(sampling.tokens, 1) / sampling.samples,
        run_seconds_per_sample=running.seconds / sampling.samples,
        samples=sampling.samples,
        source=source,
    )


def with_training_speed(throughput: Throughput, folder: StudyFolder) -> Throughput:
    """The same with the speed of the last fine-tune of this study, where there is one."""
    for entry in reversed(select(folder.index(), kind="model")):
        speed = cost_of(entry).tokens_per_second
        if speed is not None:
            return throughput.model_copy(update={"training_tokens_per_second": speed})
    return throughput


def predict_steps(spec: StudySpec, splits: Splits, throughput: Throughput, prompts: int) -> tuple[PlannedStep, ...]:
    """The steps of the controls and the minimal arm, with the part of the budget that each is paid from.

    Args:
        spec: the study.
        splits: its problems.
        throughput: how fast the model is sampled and programs are run.
        prompts: how many prompts the battery asks a model.
    """
    heldout = len(splits.heldout.problems) * spec.diagnostics.samples
    pool = len(splits.pool.problems) * spec.sampling.per_prompt
    evaluation = price_of(heldout, throughput, spec, run=True)
    samples = throughput.source
    return (
        PlannedStep(name=MEASURE_BASE, part=Part.EVALUATION, price=evaluation, basis=samples),
        *_sweep(spec, len(splits.heldout.problems), prompts, throughput),
        PlannedStep(
            name="sample the pool",
            part=Part.SAMPLING,
            price=price_of(pool, throughput, spec, longest=spec.sampling.max_new_tokens),
            basis=samples,
        ),
        _fine_tune(spec, pool, throughput),
        PlannedStep(name="measure the tuned model", part=Part.EVALUATION, price=evaluation, basis=samples),
        PlannedStep(
            name="ask both models the battery's prompts",
            part=Part.EVALUATION,
            price=price_of(2 * prompts * SAMPLES_PER_PROBE, throughput, spec, longest=PROBE_TOKENS),
            basis=samples,
        ),
    )


def _sweep(spec: StudySpec, problems: int, prompts: int, throughput: Throughput) -> Iterator[PlannedStep]:
    """The decode-only control, where it is declared: its settings, and the battery's prompts at the chosen one."""
    section = spec.decode_only
    if section is None:
        return
    drawn = problems * sum(map(section.samples_at, spec.decode_sweep.values()))
    for name, price in (
        (SWEEP_DECODING, price_of(drawn, throughput, spec, run=True)),
        (
            "ask the battery's prompts at the chosen decoding",
            price_of(prompts * SAMPLES_PER_PROBE, throughput, spec, longest=PROBE_TOKENS),
        ),
    ):
        yield PlannedStep(name=name, part=Part.EVALUATION, price=price, basis=throughput.source)


def trained_on(spec: StudySpec, pool: int) -> int:
    """Examples of one pass, if every sample of the pool is trained on, with what is mixed in."""
    return pool + (mixed_among(pool, spec.training.mix_ratio) if spec.training.mix_ratio else 0)


def _fine_tune(spec: StudySpec, pool: int, throughput: Throughput) -> PlannedStep:
    seen = examples_seen(trained_on(spec, pool), training_config(spec.training))
    tokens = round(seen * min(throughput.tokens_per_sample, spec.sampling.max_new_tokens))
    measured = throughput.training_tokens_per_second
    hours = tokens / (measured or throughput.tokens_per_second) / 3600.0
    return PlannedStep(
        name="fine-tune",
        part=Part.TRAINING,
        price=Price(samples=pool, tokens=tokens, hours=hours, money=hours * spec.budget.price_per_hour),
        basis="this study's last fine-tune" if measured else "the speed of sampling: no fine-tune has been run yet",
    )


def price_of(
    samples: int, throughput: Throughput, spec: StudySpec, *, run: bool = False, longest: int | None = None
) -> Price:
    """Return the price of drawing samples.

    Args:
        samples: how many.
        throughput: how fast.
        spec: for the price of an hour.
        run: whether they are run in the sandbox as well.
        longest: the most tokens that one can have, where that is less than what was measured.
    """
    length = min(throughput.tokens_per_sample, longest or throughput.tokens_per_sample)
    seconds = samples * (length / throughput.tokens_per_second + (throughput.run_seconds_per_sample if run else 0.0))
    hours = seconds / 3600.0
    return Price(samples=samples, tokens=round(samples * length), hours=hours, money=hours * spec.budget.price_per_hour)
