"""``passgap canary``: what is known of the candidate under traffic, and what to do with it."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stderr, stdout
from passgap.cli.study_options import StudyArgument, open_for_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from passgap.promotion.monitoring.report import CanaryReport
    from passgap.study import Study

WatchOption = Annotated[
    float | None,
    typer.Option(
        "--watch",
        metavar="SECONDS",
        min=0.1,
        help="Read again every so many seconds, until it is rolled back or Ctrl-C.",
    ),
]

PageOption = Annotated[
    bool, typer.Option("--page", help="Show it on a live page of this machine as well; reads every 5 seconds.")
]

PortOption = Annotated[
    int, typer.Option("--port", metavar="N", min=0, max=65535, help="Of the page; 0 for a free one.")
]

NoRollbackOption = Annotated[
    bool, typer.Option("--no-rollback", help="Only say so where a guardrail alarms, and roll nothing back.")
]


AccessLogOption = Annotated[
    Path | None,
    typer.Option(
        "--access-log",
        metavar="PATH",
        help="Read the calls from the access log of a proxy first, in the format of `passgap export`: a file, or a "
        "folder with files `access.jsonl`.",
    ),
]

ExitCodeOption = Annotated[
    bool,
    typer.Option("--exit-code", help="Say the advice in the exit code too: 0 promote, 10 keep going, 20 roll back."),
]

ADVICE_CODES = {"promote": 0, "keep going": 10, "roll back": 20}


def canary(
    study: StudyArgument,
    watch: WatchOption = None,
    page: PageOption = False,
    port: PortOption = 0,
    no_rollback: NoRollbackOption = False,
    access_log: AccessLogOption = None,
    exit_code: ExitCodeOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare the candidate under traffic with production, advise promote, keep going or roll back, and roll back.

    Reads what the gateways have logged since the last time, in its own process; with `telemetry.store`, those of all
    machines. Mirrored calls are compared pair by pair;
    in the canary each user counts once. A guardrail that alarms rolls the candidate back; that this ever happens to one
    without a fault has the probability that `promotion.alpha` declares, however often it is read.

    Examples: `passgap canary studies/autocomplete`, `passgap canary studies/autocomplete --watch 10 --page`,
    `passgap canary studies/autocomplete --access-log envoy --no-rollback --exit-code`
    """
    opened = open_for_command(study, as_json=as_json)
    read = partial(_read, opened, act=not no_rollback, access_log=access_log)
    if watch is None and not page:
        report = read()
        _show(report, as_json=as_json)
        _refuse(report)
    else:
        last = _follow(opened, read, watch or 5.0, page=page, port=port, as_json=as_json)
        if last is None:
            return
        report = last
    if exit_code:
        raise typer.Exit(ADVICE_CODES[report.decision.advice])


def _read(opened: Study, *, act: bool, access_log: Path | None) -> CanaryReport:
    from passgap.promotion.monitoring.acting import roll_candidate_back  # noqa: PLC0415
    from passgap.wiring import user_name  # noqa: PLC0415

    folder, who = opened.folder.path, user_name()
    return opened.canary((lambda why: roll_candidate_back(folder, who, why)) if act else None, access_log)


def _refuse(report: CanaryReport) -> None:
    from passgap.errors import StudyError  # noqa: PLC0415

    if report.not_rolled_back is not None:
        raise StudyError("the candidate could not be rolled back", [report.not_rolled_back])


def _follow(
    opened: Study, read: Callable[[], CanaryReport], seconds: float, *, page: bool, port: int, as_json: bool
) -> CanaryReport | None:
    """Show readings until one rolls back, or nobody wants them any more; return the last one."""
    from passgap.promotion.monitoring.page import LivePage  # noqa: PLC0415

    live = LivePage(port) if page else None
    if live is not None:
        stderr.print(f"The live page is at {live.address}; Ctrl-C ends it.", markup=False)
    last, report = "", None
    try:
        for report in _readings(opened, read, seconds):
            if live is not None:
                live.publish(report.model_dump_json())
            told = f"{report.decision.model_dump_json()} {report.not_rolled_back}"
            if told != last:
                _show(report, as_json=as_json)
                last = told
            if report.rolled_back:
                break
    except KeyboardInterrupt:
        pass
    finally:
        if live is not None:
            live.close()
    return report


def _readings(opened: Study, read: Callable[[], CanaryReport], seconds: float) -> Iterator[CanaryReport]:
    """Yield a reading every so many seconds; after the first, one that fails is said once, and tried again.

    Ends where the candidate gets no traffic any more.
    """
    from passgap.errors import PassgapError  # noqa: PLC0415

    yield read()
    said = ""
    while True:
        time.sleep(seconds)
        try:
            report = read()
        except PassgapError as error:
            if not _gets_traffic(opened):
                stderr.print("The candidate gets no traffic any more.")
                return
            if str(error) != said:
                stderr.print(f"Could not be read, and is tried again: {error}", markup=False)
            said = str(error)
            continue
        said = ""
        yield report


def _gets_traffic(opened: Study) -> bool:
    from passgap.errors import PassgapError  # noqa: PLC0415
    from passgap.promotion.registry.states import RUNNING  # noqa: PLC0415

    try:
        candidate = opened.registry.candidate
    except PassgapError:
        return True  # nothing is known
    return candidate is not None and candidate.state in RUNNING


def _show(report: CanaryReport, *, as_json: bool) -> None:
    if as_json:
        emit_json(report)
        return
    from passgap.report.canary_document import canary_document  # noqa: PLC0415
    from passgap.report.terminal import print_document  # noqa: PLC0415

    print_document(stdout, canary_document(report))
