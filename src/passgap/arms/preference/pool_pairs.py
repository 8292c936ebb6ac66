"""Pairs of the base model's own samples of the pool, by the outcomes of the pool's tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from passgap.arms.base import Lab
from passgap.arms.preference.section import PreferenceSection
from passgap.arms.self_training.pool import PoolSamples, sample_pool
from passgap.arms.self_training.scored_pool import ScoredPool, score_pool
from passgap.arms.self_training.selection import Selection
from passgap.arms.self_training.visible_tests import audit_before
from passgap.errors import NoCandidateError
from passgap.languages import LANGUAGES
from passgap.recipes import PairCounts, PairSelection, Recipe, ScoredSample, choose_pairs, ends_of, is_stub
from passgap.records import PreferencePair
from passgap.stages import StageCost, cost_of


@dataclass(frozen=True)
class PairData:
    """The pairs that an arm trains on."""

    pairs: tuple[PreferencePair, ...]
    problems: int
    """Distinct problems that they are of."""
    counts: Mapping[str, JsonValue] = field(default_factory=dict)
    """The fields on them in the manifest of the fine-tune."""
    costs: tuple[StageCost, ...] = ()
    """Of making them."""
    facts: tuple[tuple[str, str], ...] = ()
    """Facts for the report on what judged them, each with its label."""


def pool_pairs(name: str, lab: Lab, recipe: Recipe, section: PreferenceSection) -> PairData:
    """Sample the pool, run its tests, and pair what passes with what fails; what is on disk is not done again.

    Args:
        name: of the arm.
        lab: the means.
        recipe: how the pool is sampled.
        section: of the arm: the most pairs of a problem, whether stubs are left out, and which tests decide.

    Raises:
        NoCandidateError: there is no pair.
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    pool = sample_pool(lab, recipe)
    scored = score_pool(pool, lab, tests=section.tests)
    dropped: Counter[str] = Counter(empty=0, stubs=0, unscored=0)
    problems = {
        problem: list(_usable(positions, scored, section.sampling.drop_stubs, dropped))
        for problem, positions in scored.by_problem().items()
    }
    chosen = choose_pairs(problems, section.per_problem, lab.seed)
    if not chosen.pairs:
        raise _no_pair(name, len(pool.samples), chosen.counts, dropped)
    sides = _Sides(pool, chosen)
    return PairData(
        pairs=sides.pairs,
        problems=chosen.counts.paired,
        counts={
            "sampled": len(pool.samples),
            "truncated": pool.artifact.manifest.truncated,
            **{f"dropped_{reason}": count for reason, count in dropped.items()},
            "pairing": chosen.counts.model_dump(),
            **sides.counts,
        },
        costs=(cost_of(pool.artifact), scored.cost),
        facts=audit_before(section, scored, lab),
    )


def _usable(
    positions: Sequence[int], scored: ScoredPool, drop_stubs: bool, dropped: Counter[str]
) -> Iterator[ScoredSample]:
    """The samples of one problem that can be paired, with the others counted."""
    pool = scored.pool
    for position in positions:
        program, outcome = pool.programs[position], scored.outcome(position)
        language = pool.languages[position]
        if not program.strip():
            dropped["empty"] += 1
        elif outcome is None:
            dropped["unscored"] += 1
        elif drop_stubs and is_stub(program, language):
            dropped["stubs"] += 1
        else:
            yield ScoredSample(
                position=position,
                program=LANGUAGES[language].normal_form(program),
                length=pool.samples[position].completion_tokens,
                passed=outcome,
            )


class _Sides:
    """The samples of pairs, chosen and rejected."""

    def __init__(self, pool: PoolSamples, selection: PairSelection) -> None:
        self._pool = pool
        self._chosen = tuple(each.chosen for each in selection.pairs)
        self._rejected = tuple(each.rejected for each in selection.pairs)

    @property
    def pairs(self) -> tuple[PreferencePair, ...]:
        """The pairs as they are trained on: each answer by the rule that every arm's examples follow."""
        both = (self._pool.examples(Selection(kept)) for kept in (self._chosen, self._rejected))
        return tuple(PreferencePair(chosen=one, rejected=other) for one, other in zip(*both, strict=True))

    @property
    def counts(self) -> dict[str, JsonValue]:
        """How the answers ended, and how long they are, in tokens."""
        samples = self._pool.samples
        lengths = [[samples[each].completion_tokens for each in side] for side in (self._chosen, self._rejected)]
        apart = [abs(one - other) for one, other in zip(*lengths, strict=True)]
        return {
            "ends": ends_of(samples[each] for each in self._chosen).model_dump(),
            "ends_rejected": ends_of(samples[each] for each in self._rejected).model_dump(),
            "mean_chosen_tokens": sum(lengths[0]) / len(apart),
            "mean_rejected_tokens": sum(lengths[1]) / len(apart),
            "mean_apart_tokens": sum(apart) / len(apart),
        }


def _no_pair(name: str, samples: int, counts: PairCounts, dropped: Mapping[str, int]) -> NoCandidateError:
    others = ", ".join(f"{count} {reason}" for reason, count in dropped.items() if count)
    return NoCandidateError(
        f"{name} has no pair to learn from",
        [
            f"A pair is a sample that passes and one of the same problem that fails. Of {counts.problems} scored "
            f"problems of the pool, no sample passes in {counts.none_passes}, and all pass in {counts.all_pass}"
            + (f"; of the {samples} samples, {others} were left out" if others else "")
            + f". Draw more per prompt (`arms.{name}.sampling.per_prompt`), or name another pool."
        ],
    )
