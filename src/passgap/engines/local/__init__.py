"""The local engine: models of transformers on this machine, many samples of each prompt."""

from __future__ import annotations

from passgap.engines.base import Engine, Options
from passgap.spec import ClusterSection


def _within_worker(options: Options, cluster: ClusterSection) -> Options:
    """The study's options on a worker's own device, with as many processes as it has cores."""
    device = options.get("device", "auto")
    if device == "auto":
        device = "cuda" if cluster.gpus else "cpu"
    return {**options, "device": device, "workers": cluster.cpus if device == "cpu" else 1}


ENGINE = Engine(
    name="local",
    sampler="passgap.engines.local.sampler:LocalSampler",
    requirement="passgap[local]",
    within_worker=_within_worker,
)
