"""Choose the number of demonstrations, and the demonstrations of every question of the study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from passgap.arms.base import Candidate, Lab, PromptChange
from passgap.arms.demonstrations.chosen import Chosen, choose_demonstrations
from passgap.arms.demonstrations.library import Library
from passgap.arms.demonstrations.prompts import DemonstrationStyle
from passgap.arms.demonstrations.retriever import Retriever
from passgap.arms.development import development_problems, measure_prompts
from passgap.errors import NoCandidateError
from passgap.estimates import estimate_pass_at_k
from passgap.formatting import inline
from passgap.recipes import Recipe
from passgap.records import Insufficient, Measured
from passgap.records.yields import YieldOf
from passgap.stages import StageCost

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Trial:
    """A number of demonstrations on the development problems."""

    k: int
    pass_at_1: Measured
    costs: tuple[StageCost, ...]

    @property
    def rank(self) -> tuple[float, int]:
        """Higher is better; of two numbers that are equally good, the shorter prompt."""
        return (-1.0 if isinstance(self.pass_at_1, Insufficient) else self.pass_at_1.value, -self.k)


def ask_with_demonstrations(
    name: str, recipe: Recipe, library: Library, lab: Lab, registration: str, *, trial: Callable[[int], str]
) -> Candidate:
    """The base model, asked with demonstrations from a library.

    Args:
        name: of the arm.
        recipe: as registered.
        library: the solved problems.
        lab: of the study.
        registration: the hash of the ledger entry.
        trial: the name of the artifacts of a number of demonstrations on the development problems.

    Raises:
        NoCandidateError: the library is empty.
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    if not library.documents:
        raise NoCandidateError(
            f"{name} has no solved problem to show", [f"{library.told}. Draw more, or name another pool."]
        )
    declared = [int(k) for k in recipe.settings["k"]]  # type: ignore[union-attr, arg-type]
    style = DemonstrationStyle(str(recipe.settings["style"]))
    trials = [_try(k, style, trial(k), recipe, library, lab) for k in declared] if len(declared) > 1 else []
    best = max(trials, key=lambda each: each.rank).k if trials else declared[0]
    chosen = choose_demonstrations(name, lab.questions(), Retriever(library.documents, best, style), lab)
    heldout = [prompt for _, prompt in lab.splits.prompts(lab.splits.heldout.problems, chat=lab.spec.model.chat)]
    return Candidate(
        arm=name,
        model=lab.base_model(),
        decoding=lab.spec.production_decoding,
        prompt_change=PromptChange(
            caption=f"with at most {best} solved problems as {style.value}", apply=chosen.change
        ),
        costs=(*library.costs, *(cost for each in trials for cost in each.costs), chosen.cost),
        facts=(
            ("solved problems", library.told),
            *_on_number(best, style, trials),
            *_on_prompts(chosen, len(heldout), lab),
        ),
        registration=registration,
        yielded={YieldOf.PROBLEMS: len(library.documents)},
    )


def _try(k: int, style: DemonstrationStyle, name: str, recipe: Recipe, library: Library, lab: Lab) -> Trial:
    """Measure a number of demonstrations on problems of the pool, none of which is shown its own solution."""
    problems = development_problems(
        lab.splits.pool.problems,
        int(recipe.settings["development"]),  # type: ignore[arg-type]
        lab.spec.seed,
    )
    questions = dict(lab.splits.prompts(problems, chat=lab.spec.model.chat))
    chosen = choose_demonstrations(name, list(questions.values()), Retriever(library.documents, k, style), lab)
    evaluation = measure_prompts(
        name,
        problems,
        {problem: chosen.change(prompt) for problem, prompt in questions.items()},
        int(recipe.settings["development_samples"]),  # type: ignore[arg-type]
        lab,
    )
    pass_at_1 = estimate_pass_at_k(evaluation.counts, 1, level=lab.level)
    return Trial(k, pass_at_1, (chosen.cost, *evaluation.costs))


def _on_number(best: int, style: DemonstrationStyle, trials: Sequence[Trial]) -> Facts:
    said = f"at most {best} per prompt, as {style.value}"
    if not trials:
        return (("demonstrations", said),)
    measured = "; ".join(f"{each.k}: pass@1 {inline(each.pass_at_1)}" for each in trials)
    return (("demonstrations", f"{said}; chosen on development problems of the pool: {measured}"),)


def _on_prompts(chosen: Chosen, heldout: int, lab: Lab) -> Facts:
    questions = lab.questions()
    asked, probed = chosen.of(questions[:heldout]), chosen.of(questions[heldout:])
    everything = [*asked, *probed]
    tokens, before = fmean(each.tokens for each in asked), fmean(each.asked_tokens for each in asked)
    counted = ", estimated from above" if chosen.artifact.manifest.estimated else ""
    return (
        (
            "neighbours",
            f"found for {sum(bool(each.shown) for each in asked)} of {len(asked)} held-out problems and for "
            f"{sum(bool(each.shown) for each in probed)} of the battery's {len(probed)} prompts; "
            f"{sum(each.near_duplicates for each in everything)} near duplicates were passed over, and "
            f"{sum(each.no_room for each in everything)} demonstrations left out for lack of room in the context",
        ),
        (
            "tokens per prompt",
            f"{tokens:.1f} on average on the held-out problems, {tokens - before:.1f} more than without{counted}",
        ),
    )
