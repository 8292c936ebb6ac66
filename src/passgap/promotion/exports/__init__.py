"""The experiment of a study for other traffic managers, one file per target.

A target is the constant ``DEPLOYMENT`` of a module here, or an entry point of the group ``passgap.deployments``.
"""

from passgap.promotion.exports.base import Deployment, DeploymentTarget, Experiment, write_deployment
from passgap.registry import Registry

DEPLOYMENTS: Registry[DeploymentTarget] = Registry(
    package="passgap.promotion.exports", attribute="DEPLOYMENT", group="passgap.deployments", noun="deployment target"
)

__all__ = ["DEPLOYMENTS", "Deployment", "DeploymentTarget", "Experiment", "write_deployment"]
