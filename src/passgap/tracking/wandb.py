"""Weights & Biases: a run per report, online or as files that `wandb sync` sends later."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from passgap.records.tracked import TrackedRun
from passgap.spec.section import Section, Text
from passgap.tracking.base import Sink


class WandbSection(Section):
    """The block ``tracking: {wandb: ...}``."""

    project: Text = Field(default="passgap", description="The project that runs are written to.")
    entity: Text | None = Field(default=None, description="The team or user; by default that of `WANDB_ENTITY`.")
    mode: Literal["offline", "online"] = Field(
        default="offline",
        description="`offline` writes files into the study's folder, which `wandb sync` sends; `online` sends them "
        "now, with the key in `WANDB_API_KEY`.",
    )


class Wandb(Sink):
    """Writes through :func:`wandb.init`, without its console capture and code saving."""

    name = "wandb"
    requirement = "passgap[wandb]"
    Section = WandbSection

    def write(self, section: WandbSection, run: TrackedRun, study: Path) -> str:
        """Write one run: parameters as configuration, metrics and tags in history and summary, files as an artifact."""
        import wandb  # noqa: PLC0415 - an optional extra

        folder = study / "wandb-files"
        folder.mkdir(exist_ok=True)
        quiet = wandb.Settings(
            silent=True,
            console="off",
            save_code=False,
            disable_git=True,
            disable_job_creation=True,
            x_disable_meta=True,
        )
        begun = wandb.init(
            project=section.project,
            entity=section.entity,
            name=run.name,
            mode=section.mode,
            dir=str(folder),
            config={**run.parameters, **{f"tag/{name}": value for name, value in run.tags.items()}},
            settings=quiet,
        )
        try:
            begun.log(dict(run.metrics))
            artifact = wandb.Artifact(f"report-{begun.id}", type="report")
            for file in run.files:
                artifact.add_file(str(file))
            begun.log_artifact(artifact)
        finally:
            begun.finish()
        place = "sent" if section.mode == "online" else f"in {folder}; `wandb sync` sends it"
        return f"run {begun.id} of the project `{section.project}`, {place}"


SINK = Wandb()
