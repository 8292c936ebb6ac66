"""Watch the candidate that gets traffic: read the telemetry, decide, and roll back where a guardrail alarms."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pydantic import JsonValue

from passgap.decisions.canary import Advice, CanaryDecision, CanaryEvidence, decide_canary
from passgap.errors import PassgapError, StudyError
from passgap.promotion.fetching import fetch_rows
from passgap.promotion.gateway.live import kept_secret
from passgap.promotion.gateway.settings_file import read_settings
from passgap.promotion.monitoring.judging import evidence_of
from passgap.promotion.monitoring.plan import guards_of
from passgap.promotion.monitoring.report import CanaryReport, traffic_of
from passgap.promotion.monitoring.watch import Watch
from passgap.promotion.registry import Checkpoint, State
from passgap.promotion.registry.registry import Event
from passgap.promotion.registry.states import RUNNING
from passgap.promotion.serve import settings_path
from passgap.promotion.telemetry.access_log import Shares, import_access_log
from passgap.promotion.telemetry.in_flight import read_back
from passgap.promotion.telemetry.reading import telemetry_folder
from passgap.spec.promotion import PromotionSection
from passgap.study.context import StudyContext
from passgap.study.promotion.registered import registry_of

RULES = "promotion-rules"
"""The kind of ledger entry that declares how a candidate is watched, before it gets traffic."""
CANARY = "canary"
"""The kind of ledger entry that holds a change of the advice on a candidate, with its evidence."""

RollBack = Callable[[str], None]
"""Carries out a rollback, for a reason."""


def declare_rules(context: StudyContext, one: Checkpoint) -> PromotionSection:
    """Write down how a candidate is watched, once, before it gets traffic.

    Raises:
        StudyError: a guardrail cannot be watched, or the rules were changed while the candidate gets traffic.
    """
    rules = context.spec.promotion_rules
    guards_of(rules)
    now = rules.model_dump(mode="json", exclude={"retention_days", "signing", "mlflow"})
    for payload in _declared(context, one, RULES):
        before = payload.get("rules")
        known = before if isinstance(before, dict) else {}
        changed = [name for name in now if now[name] != known.get(name)]
        if changed:
            raise StudyError(
                f"the rules by which {one.short} is watched were changed after it got traffic",
                [f"promotion.{name}: declared {known.get(name)}, now {now[name]}. Put it back." for name in changed],
            )
        return rules
    context.record(RULES, {"checkpoint": one.id, "rules": now})
    return rules


def watch_candidate(context: StudyContext, roll_back: RollBack | None, access_log: Path | None = None) -> CanaryReport:
    """Read what telemetry has gained, decide, and act on an alarm.

    Args:
        context: the study, open for work.
        roll_back: carries a rollback out; None only says so.
        access_log: of a proxy, whose new lines are taken as telemetry first.

    Raises:
        StudyError: no candidate gets traffic, or the rules were changed since it did.
        StoreError: the telemetry was damaged.
    """
    registry = registry_of(context)
    one = registry.candidate
    if one is None or one.state not in RUNNING:
        raise StudyError(
            "no candidate gets traffic",
            ["`passgap promote STUDY --to shadow` puts the registered candidate into the shadow."],
        )
    rules = declare_rules(context, one)
    began = next(each for each in _current(one) if each.state in RUNNING)
    folder = context.folder.path
    state_file = folder / "promotion" / "monitors" / _state_name(one)
    if access_log is not None:
        secret = kept_secret(folder / "promotion" / "secret")
        import_access_log(folder, access_log, _shares(folder, one), secret=secret)
    not_fetched = _fetch(folder)
    with suppress(OSError):  # a full disk: the rows are read back another time
        read_back(telemetry_folder(folder))
    watch = Watch(telemetry_folder(folder), state_file, one.id, rules, began.time)
    watch.read()
    evidence = evidence_of(watch, one.state, rules)
    decision = _with_all_rows(decide_canary(evidence), not_fetched)
    _note(context, one, evidence, decision)
    report = CanaryReport(
        study=context.spec.name,
        checkpoint=one.id,
        arm=one.manifest.arm,
        state=one.state,
        since=began.time,
        evidence=evidence,
        decision=decision,
        traffic=traffic_of(watch.state),
        not_fetched=not_fetched,
    )
    if decision.advice is not Advice.ROLL_BACK or roll_back is None:
        return report
    try:
        roll_back(" ".join(decision.reasons))
    except PassgapError as error:
        return report.model_copy(update={"not_rolled_back": " ".join((f"{error.summary}:", *error.problems))})
    return report.model_copy(update={"rolled_back": True})


def advice_on(context: StudyContext, one: Checkpoint, state: State) -> str | None:
    """The last recorded advice on a candidate in a state, since it last became one; None where there is none."""
    advice = [each.get("advice") for each in _declared(context, one, CANARY) if each.get("state") == state]
    return str(advice[-1]) if advice else None


def _note(context: StudyContext, one: Checkpoint, evidence: CanaryEvidence, decision: CanaryDecision) -> None:
    """Put the advice into the ledger where it has changed."""
    if advice_on(context, one, one.state) == decision.advice:
        return
    payload: dict[str, JsonValue] = {
        "checkpoint": one.id,
        "state": one.state.value,
        "advice": decision.advice.value,
        "reasons": list(decision.reasons),
        "evidence": evidence.model_dump(mode="json"),
    }
    context.record(CANARY, payload)


def _fetch(folder: Path) -> str | None:
    """Fetch the rows of gateways on other machines, where there is a shared store; say why they cannot be."""
    path = settings_path(folder)
    try:
        if path.exists() and read_settings(path).telemetry.store is not None:
            fetch_rows(path)
    except PassgapError as error:
        return " ".join((f"{error.summary}:", *error.problems))
    return None


def _with_all_rows(decision: CanaryDecision, not_fetched: str | None) -> CanaryDecision:
    """A decision on a part of the rows: it may roll back, which is the safe side, and does not promote."""
    if not_fetched is None or decision.advice is not Advice.PROMOTE:
        return decision
    why = "The rows of gateways on other machines could not be fetched; what is here would carry a promotion."
    return decision.model_copy(update={"advice": Advice.KEEP_GOING, "reasons": (why, *decision.reasons)})


def _shares(folder: Path, one: Checkpoint) -> Shares:
    """The shares of ``serve.yaml``, where there is one, and since when the candidate is a canary."""
    since = next((each.time for each in reversed(_current(one)) if each.state is State.CANARY), None)
    path = settings_path(folder)
    if not path.exists():
        return Shares(one.id, canary_since=since)
    settings = read_settings(path)
    return Shares(one.id, settings.shadow.share, settings.canary.share, since)


def _state_name(one: Checkpoint) -> str:
    """The file of the watch: one that was rolled back and is tried again is watched from the beginning."""
    trials = sum(each.state is State.CANDIDATE for each in one.history)
    return f"{one.short}.json" if trials == 1 else f"{one.short}-{trials}.json"


def _declared(context: StudyContext, one: Checkpoint, kind: str) -> list[dict[str, JsonValue]]:
    """The payloads of a checkpoint's entries of a kind, since it last became a candidate."""
    ledger, began = context.folder.ledger, _current(one)[0].entry
    first = next(each.sequence for each in ledger.entries() if each.hash == began)
    payloads = [each.payload for each in ledger.of_kind(kind) if each.sequence > first]
    return [each for each in payloads if isinstance(each, dict) and each.get("checkpoint") == one.id]


def _current(one: Checkpoint) -> tuple[Event, ...]:
    """Its history since it last became a candidate."""
    last = max(n for n, each in enumerate(one.history) if each.state is State.CANDIDATE)
    return one.history[last:]
