"""Workers on a Ray cluster, for engines and sandboxes alike. Ray is imported when the first of them is started."""

from passgap.cluster.library import require_ray
from passgap.cluster.workers import WorkerLostError, Workers

__all__ = ["WorkerLostError", "Workers", "require_ray"]
