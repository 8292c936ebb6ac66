"""The registry of checkpoints as a document."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.formatting import stated
from passgap.promotion.registry import Checkpoint, State
from passgap.records import Record
from passgap.report.document import Block, Column, Document, Heading, Look, Mark, Row, Section, Table, paragraph


class CheckpointLine(Record):
    """A checkpoint as it is listed."""

    id: str
    state: str
    arm: str
    round: int
    seed: int | None
    location: str | None
    bytes: int
    lift: str
    since: str
    who: str
    why: str
    waivers: tuple[tuple[str, str], ...]
    collected: bool


class CheckpointList(Record):
    """All checkpoints of a study, and the aliases."""

    study: str
    production: str | None
    candidate: str | None
    checkpoints: tuple[CheckpointLine, ...]


def checkpoint_line(one: Checkpoint) -> CheckpointLine:
    """A checkpoint's line."""
    manifest, last = one.manifest, one.history[-1]
    changes = manifest.evaluation.changes if manifest.evaluation else ()
    return CheckpointLine(
        id=one.id,
        state=one.state,
        arm=manifest.arm,
        round=manifest.round,
        seed=manifest.seed,
        location=str(one.location) if one.location else None,
        bytes=manifest.bytes,
        lift=stated(changes[0].lift.delta) if changes else "",
        since=f"{last.time:%Y-%m-%d %H:%M} UTC",
        who=last.who,
        why=last.why,
        waivers=tuple((each.name, each.reason) for each in one.waivers),
        collected=one.collected,
    )


def checkpoint_list(
    study: str, checkpoints: Sequence[Checkpoint], production: Checkpoint | None, candidate: Checkpoint | None
) -> CheckpointList:
    """The list of a study's checkpoints."""
    return CheckpointList(
        study=study,
        production=production.id if production else None,
        candidate=candidate.id if candidate else None,
        checkpoints=tuple(map(checkpoint_line, checkpoints)),
    )


_LOOKS = {State.PRODUCTION: Look.GOOD, State.RETIRED: Look.FAINT, State.CANARY: Look.UNSURE, State.SHADOW: Look.UNSURE}


def checkpoints_document(listed: CheckpointList) -> Document:
    """The list as a table, with the waivers below it."""
    table = Table(
        title="",
        columns=tuple(map(Column, ("checkpoint", "state", "arm", "pass@1 against base", "since", "by", "why"))),
        rows=tuple(
            Row(
                (
                    each.id[:12],
                    Mark(each.state, _LOOKS.get(State(each.state), Look.PLAIN)),
                    each.arm + (f", round {each.round}" if each.round > 1 else ""),
                    each.lift,
                    each.since,
                    each.who,
                    each.why + (" (files deleted)" if each.collected else ""),
                )
            )
            for each in listed.checkpoints
        ),
    )
    waived = [
        paragraph(f"{each.id[:12]}: `{name}` was waived: {reason}", look=Look.FAINT)
        for each in listed.checkpoints
        for name, reason in each.waivers
    ]
    named = [
        paragraph(f"`serve.yaml` names {what} as `checkpoint: {each.id[:12]}`.")
        for each in listed.checkpoints
        for alias, what in ((listed.production, "production"), (listed.candidate, "the candidate"))
        if each.id == alias
    ]
    blocks: tuple[Block, ...] = (
        (table, *named, *waived)
        if listed.checkpoints
        else (paragraph("No checkpoint is registered. `passgap promote STUDY --arm ARM` registers one."),)
    )
    return Document(title=listed.study, sections=(Section(heading=Heading("checkpoints"), blocks=blocks, outcome=""),))
