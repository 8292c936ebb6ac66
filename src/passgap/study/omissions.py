"""The parts that a report lacks, named instead of padded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from passgap.arms import ARMS
from passgap.arms.decoding.sweep import Sweep
from passgap.decisions import Verdict
from passgap.moves import Move
from passgap.probes import left_out_of_study
from passgap.records import Insufficient
from passgap.store import select
from passgap.study.context import StudyContext
from passgap.study.repetitions import repetitions_of


def omissions(
    context: StudyContext, verdict: Verdict, arms: Sequence[str], control: Sweep | None, *, shown: bool
) -> tuple[str, ...]:
    """A sentence for each thing that a reader may look for in vain.

    Args:
        context: the study.
        verdict: what was decided on the base model.
        arms: the trained arms that the report holds.
        control: the decode-only sweep, where one was declared.
        shown: whether the report compares it with production decoding.
    """
    return tuple(_omissions(context, verdict, arms, control, shown=shown))


def _omissions(
    context: StudyContext, verdict: Verdict, arms: Sequence[str], control: Sweep | None, *, shown: bool
) -> Iterator[str]:
    if not context.trains:
        yield "no arm was trained: a model on a server is measured, not trained"
    elif not any(ARMS[name].trains for name in arms):
        yield (
            f"no arm was trained: the verdict is {verdict.verdict.value}. `passgap run STUDY --arm ssd` runs minimal "
            f"SSD anyway, against the verdict"
        )
    for move in verdict.moves[1:] if context.trains else ():
        if move not in arms:
            remedy = (
                f"`passgap run STUDY --arm {move}` runs it"
                if move in context.spec.arms
                else f"the study does not declare it. Example: `arms: {{{move}: {{}}}}`"
            )
            yield f"the arm `{move}`, which the verdict calls for beside `{verdict.moves[0]}`, was not run: {remedy}"
    yield from _unfinished_seeds(context, arms)
    if control is None:
        yield "the decode-only control was not run: the study declares no `decode_only` sweep"
    elif isinstance(control.choice, Insufficient):
        yield f"the decode-only control chose nothing: {control.choice.insufficient}"
    elif not shown:
        yield (
            "the decode-only control is not compared with production decoding: the battery's prompts were not asked. "
            "`passgap run STUDY` asks them"
        )
    left_out = [name for name in left_out_of_study(context.spec.battery) if name not in context.probes]
    if left_out:
        yield (
            f"the battery's probes {', '.join(left_out)} were left out, because the study declares a tolerance of 1: "
            f"what the arms lost outside programming problems is not known"
        )
    comparator = context.spec.comparator.method
    if comparator not in (Move.DO_NOTHING, Move.DECODE_ONLY, *arms):
        baselines = "doing nothing" if control is None else "doing nothing and decoding alone"
        missing = "is not run by this version" if comparator not in ARMS else "was not run"
        yield f"the declared comparator ({comparator}) {missing}: the baselines are {baselines}"


def _unfinished_seeds(context: StudyContext, arms: Sequence[str]) -> Iterator[str]:
    """Yield each arm that the report lacks because only some of its seeds are measured."""
    index = context.folder.index()
    for name in (each for each in ARMS if each in context.spec.arms and each not in arms):
        repetitions = repetitions_of(context.spec, name)
        done = sum(bool(select(index, f"{each.name}-heldout-results")) for each in repetitions)
        if 0 < done < len(repetitions):
            yield (
                f"the arm `{name}` is measured with {done} of its {len(repetitions)} seeds, and compared when all are: "
                f"`passgap run STUDY --arm {name}` goes on"
            )
