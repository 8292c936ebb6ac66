"""The Ray cluster that a study may be fanned out over."""

from __future__ import annotations

from pydantic import Field

from passgap.spec.section import Section, Text


class ClusterSection(Section):
    """Sampling and execution on the workers of a Ray cluster; every worker has the study's engine or sandbox."""

    workers: int = Field(
        ge=1, description="Engines that sample side by side, each a whole replica of the model.", examples=[4]
    )
    sandboxes: int | None = Field(
        default=None, ge=1, description="Sandboxes that run programs side by side; by default as many as workers."
    )
    cpus: int = Field(default=1, ge=1, description="Cores of each worker and of each sandbox.")
    gpus: int = Field(default=0, ge=0, description="GPUs of each worker.")
    address: Text | None = Field(
        default=None,
        description="Where the cluster is; by default `RAY_ADDRESS`, and without it one is started on this machine.",
        examples=["10.0.0.1:6379"],
    )

    @property
    def devices(self) -> int:
        """Devices that sample side by side: a worker's GPUs, or the worker itself where it has none."""
        return self.workers * max(1, self.gpus)
