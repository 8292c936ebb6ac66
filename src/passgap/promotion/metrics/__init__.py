"""Production metrics, one file each: how good a call or a user's signal was, between 0 and 1, where 1 is best.

A metric is the constant ``METRIC`` of a module here, or an entry point of the group ``passgap.production_metrics``.
"""

from passgap.promotion.metrics.base import Metric, Reads
from passgap.registry import Registry

METRICS: Registry[Metric] = Registry(
    package="passgap.promotion.metrics",
    attribute="METRIC",
    group="passgap.production_metrics",
    noun="production metric",
)

__all__ = ["METRICS", "Metric", "Reads"]
