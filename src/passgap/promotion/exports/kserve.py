"""KServe: two inference services behind one route of the Gateway API, which mirrors or splits by user.

KServe's own ``canaryTrafficPercent`` draws every call anew and mirrors nothing, so the route does both. Sources: KServe
0.17 (https://kserve.github.io/website/), Gateway API 1.4 (https://gateway-api.sigs.k8s.io/reference/spec/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from passgap.promotion.exports import _mesh as mesh
from passgap.promotion.exports.base import DeploymentTarget, Experiment, as_yaml

GATEWAY = "passgap"


class KServeTarget(DeploymentTarget):
    """Inference services in KServe's standard mode."""

    name = "kserve"
    caption = "KServe: inference services, the route of the experiment and of the rollback, an analysis"
    position = 30.0

    def refusals(self, experiment: Experiment) -> Iterator[str]:
        """Yield what buckets and volumes cannot carry out."""
        yield from mesh.refusals(experiment)
        for name, each in experiment.named.items():
            if experiment.weights.get(name) is None:
                yield (
                    f"serve.yaml: upstreams.{name}.checkpoint: {each.checkpoint} is no registered checkpoint with "
                    f"files in the study's folder, and no base model of the hub: nothing could be loaded."
                )

    def files(self, experiment: Experiment) -> Mapping[str, str]:
        """The files of the folder."""
        name, settings = mesh.slug(experiment.study), experiment.settings
        base = _service(name, settings.base_name)
        return {
            "istio-values.yaml": as_yaml(mesh.mesh_values(experiment)),
            "services.yaml": as_yaml(*(_inference_service(name, each, experiment) for each in experiment.named)),
            "route.yaml": as_yaml(_route(name, experiment, _rules(name, experiment)), mesh.telemetry(name, name)),
            "route-rollback.yaml": as_yaml(_route(name, experiment, [_rule(experiment, base)])),
            "analysis.yaml": as_yaml(
                mesh.analysis(f"{name}-pairs", "canary"), mesh.analysis(f"{name}-users", "production")
            ),
            "rollback.sh": _ROLLBACK,
            "watch.sh": _WATCH,
            "README.md": _README.format(
                study=experiment.study,
                name=name,
                gateway=GATEWAY,
                production=experiment.production.checkpoint,
                candidate=experiment.candidate.checkpoint,
                claim=mesh.STUDY_CLAIM,
                common=mesh.common_text(experiment),
            ),
        }


DEPLOYMENT = KServeTarget()


def _service(name: str, upstream: str) -> str:
    return f"{name}-{mesh.slug(upstream)}"


def _inference_service(name: str, upstream: str, experiment: Experiment) -> dict[str, Any]:
    section = experiment.settings.upstreams[upstream]
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": _service(name, upstream),
            "annotations": {"serving.kserve.io/deploymentMode": "Standard"},
        },
        "spec": {
            "predictor": {
                "labels": {"app": name},
                "annotations": {"sidecar.istio.io/inject": "true", **mesh.sidecar_annotations(upstream, section)},
                "model": {
                    "modelFormat": {"name": "huggingface"},
                    "args": [f"--model_name={section.model}"],
                    "storageUri": _storage(str(experiment.weights[upstream])),
                },
            }
        },
    }


def _storage(weights: str) -> str:
    return weights if weights.startswith("hf://") else f"pvc://{mesh.STUDY_CLAIM}/{weights}"


def _rules(name: str, experiment: Experiment) -> list[dict[str, Any]]:
    settings = experiment.settings
    production, candidate = _service(name, settings.production), _service(name, str(settings.candidate))
    rest = _rule(experiment, production)
    if settings.shadow.share:
        copied = _rule(experiment, production, settings.shadow.share, copy_to=candidate)
        return [copied, rest]
    if settings.canary.share:
        return [_rule(experiment, candidate, settings.canary.share), rest]
    return [rest]


def _rule(experiment: Experiment, service: str, share: float = 0.0, copy_to: str | None = None) -> dict[str, Any]:
    match: dict[str, Any] = {"path": {"type": "PathPrefix", "value": "/v1"}}
    if share:
        pattern = mesh.bucket_pattern(share)
        match["headers"] = [{"type": "RegularExpression", "name": mesh.BUCKET_HEADER, "value": pattern}]
    filters: list[dict[str, Any]] = []
    path = urlsplit(experiment.production.base_url).path.rstrip("/")
    if path != "/v1":
        rewrite = {"type": "ReplacePrefixMatch", "replacePrefixMatch": path or "/"}
        filters.append({"type": "URLRewrite", "urlRewrite": {"path": rewrite}})
    if copy_to is not None:
        match["method"] = "POST"
        filters.append({"type": "RequestMirror", "requestMirror": {"backendRef": _backend(copy_to)}})
    return {
        "matches": [match],
        **({"filters": filters} if filters else {}),
        "backendRefs": [_backend(service)],
        "timeouts": {"request": f"{round(experiment.production.total_seconds)}s"},
    }


def _backend(service: str) -> dict[str, Any]:
    """The service of an inference service's predictor."""
    return {"name": f"{service}-predictor", "port": 80}


def _route(name: str, experiment: Experiment, rules: list[dict[str, Any]]) -> dict[str, Any]:
    del experiment
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name},
        "spec": {"parentRefs": [{"name": GATEWAY}], "rules": rules},
    }


_ROLLBACK = """\
#!/bin/sh
# Sends every call to base, and notes it in the study's ledger, where base answers.
# Usage: ./rollback.sh STUDY WHY
set -eu
passgap rollback "$1" --why "$2"
kubectl apply -f "$(dirname "$0")/route-rollback.yaml"
"""

_WATCH = """\
#!/bin/sh
# Watches the candidate by the sidecars' logs, and rolls back where a guardrail alarms. Exit code 20 is the advice to
# roll back; a reading that fails for another reason is no advice, and is tried again.
# Usage: ./watch.sh STUDY LOGS [SECONDS]
set -u
while :; do
  passgap canary "$1" --access-log "$2" --no-rollback --exit-code
  if [ $? -eq 20 ] && "$(dirname "$0")/rollback.sh" "$1" "a guardrail alarmed"; then exit 0; fi
  sleep "${3:-60}"
done
"""

_README = """\
# {study}: the experiment in KServe, with Istio and the Gateway API

Production is `{production}`, the candidate `{candidate}`. What is in the study's folder is loaded from the volume claim
`{claim}`, a base model of the hub from there. The route hangs on a Gateway `{gateway}` of yours, of Istio's class.

```console
helm upgrade istiod istio/istiod -n istio-system --reuse-values -f istio-values.yaml   # the format of the log
kubectl apply -f services.yaml -f route.yaml
./watch.sh STUDY LOGS        # where both volumes are mounted: advises, and rolls back by itself
./rollback.sh STUDY "users report wrong imports"
```

After a change of the shares in `serve.yaml`, export anew and apply the new `route.yaml`. Where Argo Rollouts is
installed, `analysis.yaml` holds the same as analyses: `kubectl argo rollouts create analysisrun --from {name}-pairs`.
Each runs the monitor until it advises, and notes the next state in the ledger, or fails.

{common}"""
