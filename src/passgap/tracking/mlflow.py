"""MLflow: a run per report in an experiment, on a server, in a database or in a folder."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator

from passgap.records.tracked import TrackedRun
from passgap.spec.section import Section, Text
from passgap.tracking.base import Sink, holds_password

LONGEST_VALUE = 5000
"""Characters of a parameter or tag; a longer one is cut. MLflow refuses more than 6000 and 8000."""


class MlflowSection(Section):
    """The block ``tracking: {mlflow: ...}``."""

    uri: Text | None = Field(
        default=None,
        description="Where MLflow keeps its runs; by default `MLFLOW_TRACKING_URI`, and without it `mlflow.db` in the "
        "study's folder.",
        examples=["sqlite:///mlflow.db"],
    )
    experiment: Text = Field(default="passgap", description="The experiment that runs are written to.")

    @field_validator("uri")
    @classmethod
    def _no_password(cls, uri: str | None) -> str | None:
        if uri is not None and holds_password(uri):
            raise ValueError("a URI without a password: set MLFLOW_TRACKING_URI to that one, and leave `uri` out")
        return uri


class Mlflow(Sink):
    """Writes through :class:`mlflow.MlflowClient`, which changes no state of the process."""

    name = "mlflow"
    requirement = "passgap[mlflow]"
    Section = MlflowSection

    def write(self, section: MlflowSection, run: TrackedRun, study: Path) -> str:
        """Write one run, with its metrics, parameters, tags and files."""
        import os  # noqa: PLC0415

        from mlflow import MlflowClient  # noqa: PLC0415 - an optional extra
        from mlflow.entities import Metric, Param, RunTag  # noqa: PLC0415

        local = f"sqlite:///{study.resolve() / 'mlflow.db'}"
        uri = section.uri or os.environ.get("MLFLOW_TRACKING_URI") or local
        client = MlflowClient(tracking_uri=uri)
        found = client.get_experiment_by_name(section.experiment)
        if found is not None:
            experiment = found.experiment_id
        else:
            files = (study.resolve() / "mlflow-artifacts").as_uri() if uri.startswith("sqlite:") else None
            experiment = client.create_experiment(section.experiment, artifact_location=files)
        begun = client.create_run(experiment, run_name=run.name)
        now = begun.info.start_time
        client.log_batch(
            begun.info.run_id,
            metrics=[Metric(name, value, now, 0) for name, value in run.metrics.items()],
            params=[Param(name, value[:LONGEST_VALUE]) for name, value in run.parameters.items()],
            tags=[RunTag(name, value[:LONGEST_VALUE]) for name, value in run.tags.items()],
        )
        for file in run.files:
            client.log_artifact(begun.info.run_id, str(file))
        client.set_terminated(begun.info.run_id)
        return f"run {begun.info.run_id} of the experiment `{section.experiment}`"


SINK = Mlflow()
