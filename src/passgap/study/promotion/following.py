"""Take over the aliases of MLflow's registry where the study declares that they decide."""

from __future__ import annotations

from pydantic import JsonValue

from passgap.errors import StudyError
from passgap.promotion.registry import Checkpoint, Move, Registry, State
from passgap.promotion.registry.mlflow_aliases import CANDIDATE, PRODUCTION, agreed_aliases, aliases_in
from passgap.promotion.registry.states import RUNNING
from passgap.study.context import StudyContext
from passgap.study.promotion.promoting import move_checkpoint
from passgap.study.promotion.registered import registry_of, signature_of


def follow_mlflow(context: StudyContext) -> None:
    """Let the ledger take over the aliases that were changed in MLflow, by the same rules as for commands.

    ``production`` on a checkpoint in the canary promotes it where the monitors advise so; on one that has been in
    production, or on the base model, it leads back there. ``candidate`` on a waiting checkpoint chooses it; without it,
    a candidate that gets traffic is retired. An alias that was not changed since the two last agreed is brought to the
    ledger, as after a rollback.

    Args:
        context: the study, open for work, whose lock is held.

    Raises:
        StudyError: an alias names no registered checkpoint, or one that it cannot name, or both sides have changed;
            nothing is changed then.
        StoreError: MLflow cannot be read.
    """
    section = context.spec.promotion_rules.mlflow
    if section is None or section.decides != "mlflow":
        return
    registry = registry_of(context)
    if registry.production is None:
        return  # nothing is registered, and MLflow has nothing of this study
    found = aliases_in(registry, section, context.spec.name)
    if found is None:
        return  # its first version is written by the command that asks
    agreed = agreed_aliases(registry)
    production, candidate = (_named(registry, found, alias) for alias in (PRODUCTION, CANDIDATE))
    if found.get(PRODUCTION) != agreed.get(PRODUCTION):
        _refuse_both(PRODUCTION, production, registry.production, agreed)
        _follow_production(context, registry, production)
    if found.get(CANDIDATE) != agreed.get(CANDIDATE):
        _refuse_both(CANDIDATE, candidate, registry.candidate, agreed)
        _follow_candidate(context, registry, candidate, production)


def _refuse_both(alias: str, named: Checkpoint | None, now: Checkpoint | None, agreed: dict[str, JsonValue]) -> None:
    """Refuse to choose where the ledger was changed too, and otherwise, as by a rollback."""
    here, there = now.id if now is not None else None, named.id if named is not None else None
    if agreed and here != agreed.get(alias) and here != there:
        raise _disagree(alias, named, now, "Both were changed since they last agreed.")


def _named(registry: Registry, found: dict[str, str], alias: str) -> Checkpoint | None:
    if alias not in found:
        return None
    known = {each.id: each for each in registry.checkpoints()}
    if found[alias] in known:
        return known[found[alias]]
    said = f"a version that is checkpoint {found[alias][:12]}" if found[alias] else "a version of another origin"
    raise StudyError(
        "MLflow's aliases and the study's ledger disagree",
        [
            f"{alias}: MLflow names {said}, which is not registered in this study. Register it with `passgap promote "
            f"STUDY --arm ARM`, or set the alias to one of: {', '.join(each.short for each in known.values())}."
        ],
    )


def _follow_production(context: StudyContext, registry: Registry, named: Checkpoint | None) -> None:
    now = registry.production
    if named is None or now is None or named.id == now.id:
        return  # an alias that somebody removed is set again
    why = "MLflow's alias `production` names it"
    if named.state is State.CANARY:
        try:
            move_checkpoint(context, named.id, State.PRODUCTION, why=why)
        except StudyError as error:
            raise _disagree(PRODUCTION, named, now, " ".join(error.problems)) from error
    elif registry.undo_rollback(by=signature_of(context), why=why, to=named.id) is None:
        raise _disagree(PRODUCTION, named, now, f"It is {named.state}, and only a canary can become production.")


def _follow_candidate(
    context: StudyContext, registry: Registry, named: Checkpoint | None, production: Checkpoint | None
) -> None:
    now, by = registry.candidate, signature_of(context)
    running = now is not None and now.state in RUNNING
    if named is None:
        if now is not None and running:
            retire = Move(checkpoint=now.id, before=now.state, after=State.RETIRED)
            registry.move([retire], by=by, why="MLflow's alias `candidate` was removed")
        return
    if (now is not None and named.id == now.id) or (production is not None and named.id == production.id):
        return  # the alias of a candidate that has just gone into production is removed
    if now is not None and running:
        raise _disagree(
            CANDIDATE, named, now, f"{now.short} gets traffic, and only one candidate can: retire it first."
        )
    if named.state not in (State.CANDIDATE, State.RETIRED):
        raise _disagree(CANDIDATE, named, now, f"It is {named.state}.")
    again = Move(checkpoint=named.id, before=State.RETIRED, after=State.CANDIDATE)
    leave = Move(checkpoint=named.id, before=State.CANDIDATE, after=State.RETIRED)
    moves = [leave, again] if named.state is State.CANDIDATE else [again]
    registry.move(moves, by=by, why="MLflow's alias `candidate` names it")


def _disagree(alias: str, named: Checkpoint | None, now: Checkpoint | None, why: str) -> StudyError:
    here = f"{now.short} ({now.state})" if now is not None else "none"
    there = named.short if named is not None else "none"
    return StudyError(
        "MLflow's aliases and the study's ledger disagree",
        [
            f"{alias}: MLflow names {there}, the ledger has {here}. {why} Nothing was changed: set the alias back, or "
            f"make the ledger allow it."
        ],
    )
