"""trackio: a run per report in a local database, which `trackio show` opens."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from passgap.records.tracked import TrackedRun
from passgap.spec.section import Section, Text
from passgap.tracking.base import Sink


class TrackioSection(Section):
    """The block ``tracking: {trackio: ...}``."""

    project: Text = Field(default="passgap", description="The project that runs are written to.")


class Trackio(Sink):
    """Writes through :func:`trackio.init` into its local database (`TRACKIO_DIR`)."""

    name = "trackio"
    requirement = "passgap[trackio]"
    Section = TrackioSection

    def write(self, section: TrackioSection, run: TrackedRun, study: Path) -> str:
        """Write one run: parameters and tags as configuration, metrics as its only step; files stay in the study."""
        import trackio  # noqa: PLC0415 - an optional extra

        settings = {**run.parameters, **{f"tag/{name}": value for name, value in run.tags.items()}}
        settings["report"] = str(study.resolve())
        begun = trackio.init(
            project=section.project,
            name=run.name,
            config=settings,
            resume="allow",
            embed=False,
            auto_log_cpu=False,
            auto_log_gpu=False,
        )
        try:
            begun.log(dict(run.metrics))
        finally:
            trackio.finish()  # the run's own would be repeated at exit, and print behind a command's JSON document
        return (
            f"run `{run.name}` of the project `{section.project}`; `trackio show --project {section.project}` shows it"
        )


SINK = Trackio()
