"""The best of many arms: chosen on development problems, confirmed once on the others.

The best of eight equal arms is overestimated on the problems that it was found best on. As for decodings
(:mod:`.decoding`), one half of the held-out problems chooses and the other half confirms; with fewer than
:data:`~passgap.decisions.decoding.SPLIT_AT` problems, each fold is confirmed with the arm that the others choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from passgap.decisions.decoding import SPLIT_AT, SelectionMethod, select_decoding
from passgap.estimates import DEFAULT_LEVEL, PASS_AT_1, Counts, PairedDelta, counts_from_columns, repeated_delta
from passgap.formatting import stated, stated_sizes
from passgap.records import Insufficient, Measured, Record


class ArmChoice(Record):
    """The arm that is best on development problems, and its delta on problems that it was not chosen on."""

    chosen: str
    method: SelectionMethod
    candidates: tuple[str, ...]
    """The arms that it was chosen among, base included."""
    development: dict[str, Measured]
    """pass@1 of each where the choice was made: optimistic for the chosen one."""
    lift: PairedDelta
    """The choice minus base on the other problems."""
    summary: str = ""


def choose_arm(
    runs: Mapping[str, Sequence[Counts]],
    base: str,
    *,
    level: float = DEFAULT_LEVEL,
    split_at: int = SPLIT_AT,
) -> ArmChoice | Insufficient:
    """Choose the arm with the best pass@1 without selection bias.

    Args:
        runs: the counts of each arm for each of its seeds, all on the same problems; base among them.
        base: the name of the base model, to which equal arms lose.
        level: of the confirming interval.
        split_at: problems from which they are split into halves.

    Raises:
        ValueError: ``base`` is not among the runs, or they differ in their problems.
    """
    pooled = {name: _pooled(tables) for name, tables in runs.items()}
    found = select_decoding(pooled, base, level=level, split_at=split_at)
    if isinstance(found, Insufficient):
        return found
    lift, each = found.lift, found.method.level(level)
    if found.method is SelectionMethod.SPLIT:
        before, after = ([one.select(found.test_ids) for one in runs[name]] for name in (base, found.chosen))
        lift = repeated_delta(before, after, PASS_AT_1, level=each)
    choice = ArmChoice(
        chosen=found.chosen,
        method=found.method,
        candidates=tuple(runs),
        development=found.development,
        lift=lift,
    )
    return choice.model_copy(update={"summary": _summary(choice, base)})


def _pooled(tables: Sequence[Counts]) -> Counts:
    """One table of several seeds: each problem's samples with all of them."""
    first = tables[0]
    if len(tables) == 1:
        return first
    return counts_from_columns(
        first.ids,
        sum((each.samples for each in tables[1:]), first.samples),
        sum((each.correct for each in tables[1:]), first.correct),
        difficulties=first.difficulties,
        languages=first.languages,
        unscored=sum((each.unscored for each in tables[1:]), first.unscored),
    )


def _summary(choice: ArmChoice, base: str) -> str:
    others = len(choice.candidates) - 1
    n = choice.development[choice.chosen].n
    split = choice.method is SelectionMethod.SPLIT
    where = f"{n} development problems" if split else f"all {n} problems"
    if choice.chosen == base:
        return f"Of {others} arms, none is better than the base model on {where}: there is nothing to confirm."
    how = "on the other problems, one try" if split else "cross-fitted in five folds, one try"
    about = "" if split else " The interval is about the checkpoints that were trained."
    return (
        f"Of {others} arms, {choice.chosen} is the best on {where}; {how}, it changes pass@1 by "
        f"{stated(choice.lift.delta)} ({stated_sizes(choice.lift.delta)}).{about}"
    )
