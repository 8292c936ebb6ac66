"""A search as it is declared in the ledger, before anything of it is measured."""

from __future__ import annotations

from pydantic import JsonValue

from passgap.arms import ARMS, Arm, arm_of
from passgap.decisions.recipe_search import TriedRecipe
from passgap.errors import StudyError
from passgap.records import Decoding, Problem, Record, digest_of
from passgap.spec import StudySpec, read_earlier
from passgap.spec.pilot import PilotSection
from passgap.store import LedgerEntry
from passgap.study.chosen_recipe import PILOT, entry_of
from passgap.study.context import REGISTRATION, StudyContext
from passgap.study.repetitions import repetitions_of
from passgap.tasks.splits import Splits

CRITERION = (
    "the mean over problems of the log-likelihood per token of the base model's right samples, tuned minus base, each "
    "model at the temperature of its own at which they are likeliest"
)
"""The gain in words, as declared."""


class SearchPlan(Record):
    """Everything that a search is bound to."""

    arm: str
    section: dict[str, JsonValue]
    """The arm's own section, whose settings hold where a recipe names none."""
    recipes: tuple[TriedRecipe, ...]
    search: PilotSection
    criterion: str = CRITERION
    seed: int
    """The root seed of sampling the pool and of training."""
    base_model: str
    base_digest: str
    pool_digest: str
    development_digest: str
    development_problems: int
    evaluation: Decoding
    battery: dict[str, float]
    probes: tuple[str, ...]


def declared_search(spec: StudySpec) -> PilotSection:
    """The declared search.

    Raises:
        StudyError: there is none.
    """
    if spec.pilot is None:
        raise StudyError(
            "the study declares no search for a recipe",
            [
                "pilot: missing. Example: `pilot: {arm: ssd, recipes: [{temperature: 1.6, epochs: 4}, {temperature: "
                "1.0, epochs: 1}]}`."
            ],
        )
    return spec.pilot


def searched_arm(spec: StudySpec) -> Arm[object]:  # type: ignore[type-var]
    """The arm whose recipe is searched for."""
    return arm_of(declared_search(spec).arm)


def tried_recipes(spec: StudySpec) -> tuple[TriedRecipe, ...]:
    """The declared recipes by their numbers."""
    recipes = declared_search(spec).tried(spec.seed)
    return tuple(
        TriedRecipe(number=number, label=each.label, settings=each.settings)
        for number, each in enumerate(recipes, start=1)
    )


def search_plan(context: StudyContext, splits: Splits, development: tuple[Problem, ...]) -> SearchPlan:
    """The search as the study stands now."""
    spec = context.intake.spec
    search = declared_search(spec)
    return SearchPlan(
        arm=search.arm,
        section=spec.arms[search.arm].model_dump(mode="json"),
        recipes=tried_recipes(spec),
        search=search,
        seed=repetitions_of(spec, search.arm)[0].seed,
        base_model=spec.model.id,
        base_digest=context.services.model_digest(context.base_folder()),
        pool_digest=splits.pool.digest,
        development_digest=digest_of(list(development)),
        development_problems=len(development),
        evaluation=spec.production_decoding,
        battery=spec.battery,
        probes=context.probes,
    )


def begin_search(context: StudyContext, plan: SearchPlan, begun: int) -> LedgerEntry:
    """Write a search into the ledger, with how many of its recipes are begun.

    Raises:
        StudyError: its arm is registered already.
    """
    refuse_registered(context, plan.arm)
    return context.record(
        PILOT,
        {"arm": plan.arm, "digest": digest_of(plan), "search": plan.model_dump(mode="json"), "begun": begun},
    )


def begun_search(context: StudyContext, plan: SearchPlan) -> LedgerEntry | None:
    """The entry of a search that was begun; None where there is none.

    Raises:
        StudyError: it was declared otherwise.
    """
    entry = entry_of(context.folder.ledger, PILOT, plan.arm)
    if entry is None:
        return None
    payload = entry.payload if isinstance(entry.payload, dict) else {}
    earlier: SearchPlan | None = read_earlier(SearchPlan, payload.get("search"))
    if earlier is None or earlier != plan:
        now, then = plan.model_dump(mode="json"), earlier.model_dump(mode="json") if earlier else {}
        raise StudyError(
            f"the search for a recipe of `{plan.arm}` was declared otherwise on {entry.time:%Y-%m-%d %H:%M} by "
            f"{entry.who}",
            [
                *(
                    f"{name}: declared {then.get(name)!r}, now {now[name]!r}"
                    for name in now
                    if now[name] != then.get(name)
                ),
                "Put the declared values back, or begin a new study folder for the new ones.",
            ],
        )
    return entry


def begun_recipes(entry: LedgerEntry) -> int:
    """How many of a search's recipes were begun."""
    begun = entry.payload.get("begun") if isinstance(entry.payload, dict) else None
    assert isinstance(begun, int)
    return begun


def refuse_registered(context: StudyContext, arm: str) -> None:
    """Refuse to search a recipe for an arm that has one.

    Raises:
        StudyError: it is registered.
    """
    for entry in context.folder.ledger.of_kind(REGISTRATION):
        spec = entry.payload.get("spec") if isinstance(entry.payload, dict) else None
        if isinstance(spec, dict) and spec.get("arm") == arm:
            raise StudyError(
                f"the arm `{arm}` is registered already, so no recipe is searched for it",
                [f"It was registered on {entry.time:%Y-%m-%d %H:%M}. A search belongs into a new study folder."],
            )


def refuse_unsearchable(spec: StudySpec) -> None:
    """Refuse a search for an arm that has no recipe to search.

    Raises:
        StudyError: it cannot be searched, or is not declared.
    """
    arm = arm_of(declared_search(spec).arm)
    arm.section_of(spec)
    if not arm.searchable:
        able = ", ".join(name for name, each in ARMS.items() if each.searchable)
        raise StudyError(f"no recipe can be searched for the arm `{arm.name}`", [f"pilot.arm: one of {able}."])
