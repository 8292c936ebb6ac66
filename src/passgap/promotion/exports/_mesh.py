"""Parts of exports into Kubernetes with Istio: buckets of users, the access log of the servers' sidecars, the analysis.

Argo Rollouts and KServe split by headers or by chance, and never by a hash. So whoever authenticates users sends a
bucket with each call, and a share is a set of buckets: the same user gets the same checkpoint, and a copy is made of
all calls of a bucket or of none. A sidecar's log names its pod's checkpoint and tells a copy by its host, which ends in
``-shadow``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from passgap.promotion.exports.base import Experiment
from passgap.promotion.settings.upstreams import UpstreamSection
from passgap.promotion.telemetry.access_log import BUCKET_HEADER, BUCKETS, ENVOY_FORMAT, buckets_of

__all__ = ["BUCKET_HEADER", "buckets_of"]

STUDY_CLAIM, LOGS_CLAIM = "passgap-study", "passgap-logs"
"""Volume claims with the study's folder, and with the sidecars' logs."""
LOGS = "/var/log/passgap"
IMAGE = "passgap"
ROLL_BACK_CODE = 20


def refusals(experiment: Experiment) -> Iterator[str]:
    """Yield what buckets cannot carry out."""
    settings = experiment.settings
    for name, share in (("shadow", settings.shadow.share), ("canary", settings.canary.share)):
        if abs(share * BUCKETS - round(share * BUCKETS)) > 1e-9:
            yield f"serve.yaml: {name}.share: {share:g} is no whole percentage, and users come in {BUCKETS} buckets."
    for name, each in experiment.named.items():
        if urlsplit(each.base_url).scheme == "https":
            yield f"serve.yaml: upstreams.{name}.base_url: within a mesh, servers are called by http; Istio encrypts."


def slug(text: str) -> str:
    """A name as Kubernetes takes it: lower case letters, digits and hyphens, 40 at most."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or "study"


def bucket_pattern(share: float) -> str:
    """The regular expression of the buckets of a share."""
    return f"({'|'.join(f'{each:02}' for each in range(buckets_of(share)))})"


def port_of(upstream: UpstreamSection) -> int:
    """The port of a server."""
    return urlsplit(upstream.base_url).port or 80


def sidecar_annotations(name: str, upstream: UpstreamSection) -> dict[str, str]:
    """Annotations of a server's pods: the sidecar names the checkpoint, and writes its log into the pod's folder."""
    volume = {"persistentVolumeClaim": {"claimName": LOGS_CLAIM}}
    mount = {"mountPath": LOGS, "subPathExpr": "$(POD_NAME)"}
    named = {"proxyMetadata": {"PASSGAP_UPSTREAM": f"{name}@{upstream.checkpoint}"}}
    return {
        "proxy.istio.io/config": json.dumps(named),
        "sidecar.istio.io/userVolume": json.dumps({LOGS_CLAIM: volume}),
        "sidecar.istio.io/userVolumeMount": json.dumps({LOGS_CLAIM: mount}),
    }


def mesh_values(experiment: Experiment) -> dict[str, Any]:
    """Values for istiod's Helm chart: the format of the log."""
    labels = {
        **{name: text for name, text in ENVOY_FORMAT.items() if not text.startswith("%REQ(X-PASSGAP")},
        "upstream": "%ENVIRONMENT(PASSGAP_UPSTREAM)%",
        "authority": "%REQ(:AUTHORITY)%",
        "user": f"%REQ({experiment.user_header.upper()})%",
        "bucket": f"%REQ({BUCKET_HEADER.upper()})%",
    }
    log = {"path": f"{LOGS}/access.jsonl", "logFormat": {"labels": labels}}
    return {"meshConfig": {"extensionProviders": [{"name": "passgap", "envoyFileAccessLog": log}]}}


def telemetry(name: str, app: str) -> dict[str, Any]:
    """Have the sidecars of the servers write the log."""
    return {
        "apiVersion": "telemetry.istio.io/v1",
        "kind": "Telemetry",
        "metadata": {"name": f"{name}-passgap"},
        "spec": {
            "selector": {"matchLabels": {"app": app}},
            "accessLogging": [{"match": {"mode": "SERVER"}, "providers": [{"name": "passgap"}]}],
        },
    }


def analysis(name: str, to: str) -> dict[str, Any]:
    """An analysis that reads passgap's monitor until it advises: ``promote`` moves the candidate on, an alarm fails.

    A reading that fails for another reason is no advice, and is tried again; a pod that is evicted is replaced.
    """
    container = {
        "name": "monitor",
        "image": IMAGE,
        "command": ["sh", "-c", _SCRIPT.format(to=to)],
        "volumeMounts": [{"name": "study", "mountPath": "/study"}, {"name": "logs", "mountPath": "/logs"}],
    }
    pod = {
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [
            {"name": "study", "persistentVolumeClaim": {"claimName": STUDY_CLAIM}},
            {"name": "logs", "persistentVolumeClaim": {"claimName": LOGS_CLAIM}},
        ],
    }
    failed = {"operator": "In", "values": [ROLL_BACK_CODE]}
    policy = {
        "rules": [
            {"action": "FailJob", "onExitCodes": failed},
            {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        ]
    }
    spec = {"backoffLimit": 100, "podFailurePolicy": policy, "template": {"spec": pod}}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": {"name": name},
        "spec": {"metrics": [{"name": "advice", "count": 1, "failureLimit": 0, "provider": {"job": {"spec": spec}}}]},
    }


_SCRIPT = """\
while :; do
  passgap canary /study --access-log /logs --exit-code
  case $? in
    0) if passgap promote /study --to {to} --why "the monitors advise it"; then exit 0; fi ;;
    20) exit 20 ;;
  esac
  sleep 60
done
"""

COMMON = """\
- The image `{image}` holds passgap: `FROM python:3.11-slim`, `RUN pip install passgap`, pushed where the cluster pulls
  from. The volume claims `{study_claim}` (the study's folder) and `{logs_claim}` are yours, both to be mounted by many.
- Whoever authenticates users sets two headers: `{user_header}`, and `{bucket_header}`, two digits from 00 to 99 that
  are the same for a user in every call, such as `HMAC-SHA-256(secret, user) mod 100`. A share is a set of buckets, so a
  user stays with a checkpoint, and nobody leaves the canary when it grows. A call without a bucket is production's, and
  in no comparison. Remove both headers from what clients send.
- Copies are made of all calls of a bucket or of none; so the split of copies is not tested, that of users is.
- The sidecars' logs hold errors and latency, no tokens and no texts. Guardrails on anything else need the product's own
  values, `promotion/telemetry/values-*.jsonl`, by `x-request-id`.
- Both servers serve the model as `{model}`.
"""


def common_text(experiment: Experiment) -> str:
    """Rules of every export into a mesh."""
    return COMMON.format(
        image=IMAGE,
        study_claim=STUDY_CLAIM,
        logs_claim=LOGS_CLAIM,
        user_header=experiment.user_header,
        bucket_header=BUCKET_HEADER,
        model=experiment.production.model,
    )
