"""Argo Rollouts with Istio: a rollout that mirrors, waits for the monitors, splits by user, and is aborted by an alarm.

Source: the specification of Argo Rollouts 1.9 (https://argo-rollouts.readthedocs.io/en/stable/features/specification/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from passgap.promotion.exports import _mesh as mesh
from passgap.promotion.exports.base import DeploymentTarget, Experiment, as_yaml


class ArgoTarget(DeploymentTarget):
    """A ``Rollout`` over the Deployment of the model server."""

    name = "argo"
    caption = "Argo Rollouts: the rollout's steps, its analyses, services and routes for Istio"
    position = 20.0
    in_turn = True

    def refusals(self, experiment: Experiment) -> Iterator[str]:
        """Yield what Argo Rollouts cannot carry out."""
        yield from mesh.refusals(experiment)
        settings = experiment.settings
        if not settings.shadow.share or not settings.canary.share:
            yield "serve.yaml: `shadow.share`, `canary.share`: both are steps of one rollout, and have to be above 0."
        if settings.base_name != settings.production:
            yield (
                "serve.yaml: `base` is not `production`. A rollout is aborted to what was stable before: leave `base` "
                "out, and the registry follows."
            )

    def files(self, experiment: Experiment) -> Mapping[str, str]:
        """The files of the folder, in the order in which they are applied."""
        name = mesh.slug(experiment.study)
        return {
            "istio-values.yaml": as_yaml(mesh.mesh_values(experiment)),
            "traffic.yaml": as_yaml(*_services(name, experiment), _routes(name), mesh.telemetry(name, name)),
            "analysis.yaml": as_yaml(
                mesh.analysis(f"{name}-pairs", "canary"), mesh.analysis(f"{name}-users", "production")
            ),
            "rollout.yaml": as_yaml(_rollout(name, experiment)),
            "production-patch.yaml": as_yaml(_patch(experiment.settings.production, experiment)),
            "candidate-patch.yaml": as_yaml(_patch(str(experiment.settings.candidate), experiment)),
            "rollback.sh": _ROLLBACK.format(name=name),
            "README.md": _README.format(
                study=experiment.study,
                name=name,
                mirrored=mesh.buckets_of(experiment.settings.shadow.share),
                served=mesh.buckets_of(experiment.settings.canary.share),
                production=experiment.production.checkpoint,
                candidate=experiment.candidate.checkpoint,
                common=mesh.common_text(experiment),
            ),
        }


DEPLOYMENT = ArgoTarget()


def _services(name: str, experiment: Experiment) -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": f"{name}-{role}"},
            "spec": {
                "selector": {"app": name},
                "ports": [{"name": "http", "port": 80, "targetPort": mesh.port_of(experiment.production)}],
            },
        }
        for role in ("production", "candidate")
    ]


def _routes(name: str) -> dict[str, Any]:
    weights = [
        {"destination": {"host": f"{name}-production"}, "weight": 100},
        {"destination": {"host": f"{name}-candidate"}, "weight": 0},
    ]
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": name},
        "spec": {"hosts": [f"{name}-production"], "http": [{"name": "primary", "route": weights}]},
    }


def _rollout(name: str, experiment: Experiment) -> dict[str, Any]:
    settings = experiment.settings
    mirrored = {
        "method": {"exact": "POST"},
        "path": {"prefix": "/v1/"},
        "headers": {mesh.BUCKET_HEADER: {"regex": mesh.bucket_pattern(settings.shadow.share)}},
    }
    served = {
        "headerName": mesh.BUCKET_HEADER,
        "headerValue": {"regex": mesh.bucket_pattern(settings.canary.share)},
    }
    steps: list[dict[str, Any]] = [
        {"setCanaryScale": {"weight": 100}},
        {"setMirrorRoute": {"name": "passgap-copies", "percentage": 100, "match": [mirrored]}},
        {"analysis": {"templates": [{"templateName": f"{name}-pairs"}]}},
        {"setMirrorRoute": {"name": "passgap-copies"}},
        {"setHeaderRoute": {"name": "passgap-users", "match": [served]}},
        {"analysis": {"templates": [{"templateName": f"{name}-users"}]}},
        {"setHeaderRoute": {"name": "passgap-users"}},
        {"setWeight": 100},
    ]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "scaleDown": "onsuccess"},
            "strategy": {
                "canary": {
                    "stableService": f"{name}-production",
                    "canaryService": f"{name}-candidate",
                    "trafficRouting": {
                        "managedRoutes": [{"name": "passgap-copies"}, {"name": "passgap-users"}],
                        "istio": {"virtualService": {"name": name, "routes": ["primary"]}},
                    },
                    "steps": steps,
                }
            },
        },
    }


def _patch(upstream: str, experiment: Experiment) -> dict[str, Any]:
    annotations = mesh.sidecar_annotations(upstream, experiment.settings.upstreams[upstream])
    return {"spec": {"template": {"metadata": {"annotations": annotations}}}}


_ROLLBACK = """\
#!/bin/sh
# Sends every call to production, and notes it in the study's ledger, where production answers.
# Usage: ./rollback.sh STUDY WHY
set -eu
passgap rollback "$1" --why "$2"
kubectl argo rollouts abort {name}
"""

_README = """\
# {study}: the experiment in Argo Rollouts, with Istio

The model server is a Deployment `{name}` of yours, whose pods have the label `app: {name}`. Production is
`{production}`, the candidate `{candidate}`. Copies are made of the calls of {mirrored} in 100 users; then {served} in
100 are served.

```console
helm upgrade istiod istio/istiod -n istio-system --reuse-values -f istio-values.yaml   # the format of the log
kubectl patch deployment {name} --patch-file production-patch.yaml                     # what serves now
kubectl apply -f traffic.yaml -f analysis.yaml -f rollout.yaml
passgap promote STUDY --to shadow --why "its evidence carries it"
kubectl patch deployment {name} --patch-file candidate-patch.yaml     # with the candidate's weights: the rollout begins
kubectl argo rollouts get rollout {name} --watch
./rollback.sh STUDY "users report wrong imports"
```

Each analysis runs passgap's monitor until it advises. *Promote* notes the next state in the ledger, and the rollout
goes on; *roll back* is noted there too, and the rollout is aborted.

{common}"""
