"""Recipe and data for those who train elsewhere, one file per target."""

from __future__ import annotations

from passgap.errors import EngineError
from passgap.ports import Export, ExportRequest, FineTuneJob
from passgap.registry import Registry, UnknownMemberError
from passgap.trainers.exports.base import ExportTarget, write_export

EXPORTS: Registry[ExportTarget] = Registry(
    package="passgap.trainers.exports", attribute="EXPORT", group="passgap.exports", noun="export target"
)
"""The targets by name; other distributions add theirs under the entry-point group ``passgap.exports``."""


def export_job(job: FineTuneJob, request: ExportRequest) -> Export:
    """Write a job for a target.

    Raises:
        EngineError: there is no such target, or it does not train jobs of this kind.
    """
    try:
        target = EXPORTS[request.format]
    except UnknownMemberError as error:
        raise EngineError(error.summary, error.problems) from error
    others = [each.name for each in EXPORTS.values() if job.kind in each.kinds]
    if job.kind not in target.kinds:
        raise EngineError(
            f"`{target.name}` does not take the arm `{request.arm}`, whose training is {job.kind}",
            [f"Such training is exported with {', '.join(f'`--to {name}`' for name in others) or 'no target yet'}."],
        )
    return write_export(target, job, request)


__all__ = ["EXPORTS", "ExportTarget", "export_job"]
