"""Envoy: one proxy that mirrors, splits by user and rolls back, with an access log that the monitors read.

Routes stand in a file of their own, which Envoy reads again when another one is moved into its place. Sources: Envoy's
API v3 (https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/api); ``WeightedCluster.use_hash_policy`` needs 1.36.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from passgap.promotion.exports.base import DeploymentTarget, Experiment, as_yaml
from passgap.promotion.settings.upstreams import UpstreamSection
from passgap.promotion.telemetry.access_log import ENVOY_FORMAT, HEADERS

MIRROR_PORT = 15901
"""The loopback port of Envoy's own listener for mirrored calls: what passes it is logged, as other mirrors are not."""

SCALE = 1_000_000
"""The sum of the weights, and the denominator of shares."""

_TYPE = "type.googleapis.com/envoy"


def cluster_name(name: str, upstream: UpstreamSection) -> str:
    """The name of an upstream's cluster, which names the checkpoint as well: the access log knows nothing else."""
    return f"{name}@{upstream.checkpoint}"


class EnvoyTarget(DeploymentTarget):
    """Envoy from 1.36 on."""

    name = "envoy"
    caption = "Envoy: a bootstrap, routes for the experiment and for the rollback, and the loop that watches"
    position = 10.0

    def files(self, experiment: Experiment) -> Mapping[str, str]:
        """The files of the folder that Envoy is started in."""
        return {
            "envoy.yaml": as_yaml(_bootstrap(experiment)),
            "routes.yaml": as_yaml(_discovered(routes(experiment))),
            "routes-rollback.yaml": as_yaml(_discovered(rolled_back(experiment))),
            "rollback.sh": _ROLLBACK,
            "watch.sh": _WATCH,
            "README.md": _readme(experiment),
        }


DEPLOYMENT = EnvoyTarget()


def routes(experiment: Experiment) -> list[dict[str, Any]]:
    """The routes of the experiment: mirroring, or users in the canary, or production alone."""
    settings, everything = experiment.settings, {"prefix": "/v1/"}
    production = cluster_name(settings.production, experiment.production)
    plain = _route(experiment, everything, {"cluster": production})
    assert settings.candidate is not None, "an experiment without a candidate is refused"
    candidate = cluster_name(settings.candidate, experiment.candidate)
    if settings.shadow.share:
        sampled = {
            **everything,
            "headers": [_is_post()],
            "runtime_fraction": {"default_value": _share(settings.shadow.share)},
        }
        mirrored = {"cluster": production, "request_mirror_policies": [{"cluster": "mirror"}]}
        share, others = str(settings.shadow.share), {**everything, "headers": [_is_post()]}
        return [
            _route(experiment, sampled, mirrored, mirrored="1", shadow_share=share),
            _route(experiment, others, {"cluster": production}, shadow_share=share),
            plain,
        ]
    if settings.canary.share:
        weight = round(settings.canary.share * SCALE)
        named = {**everything, "headers": [{"name": experiment.user_header, "present_match": True}]}
        # The candidate is first, so that nobody who is in the canary leaves it when its weight grows.
        weights = [{"name": candidate, "weight": weight}, {"name": production, "weight": SCALE - weight}]
        action: dict[str, Any] = {
            "weighted_clusters": {"clusters": weights, "use_hash_policy": True},
            "hash_policy": [{"header": {"header_name": experiment.user_header}}],
        }
        return [_route(experiment, named, action, canary_share=str(settings.canary.share)), plain]
    return [plain]


def rolled_back(experiment: Experiment) -> list[dict[str, Any]]:
    """The routes after a rollback: every call to base."""
    name = experiment.settings.base_name
    return [_route(experiment, {"prefix": "/v1/"}, {"cluster": cluster_name(name, experiment.base)})]


def _route(experiment: Experiment, match: dict[str, Any], action: dict[str, Any], **logged: str) -> dict[str, Any]:
    path = urlsplit(experiment.production.base_url).path.rstrip("/") + "/"
    facts = {"mirrored": "0", "shadow_share": "0", "canary_share": "0", **logged, "config": experiment.settings.hash}
    return {
        "match": match,
        "route": {
            **action,
            **({"prefix_rewrite": path} if path != "/v1/" else {}),
            "timeout": f"{experiment.production.total_seconds:g}s",
            "idle_timeout": f"{experiment.production.idle_seconds:g}s",
        },
        # The access log reads them; a client's own are overwritten.
        "request_headers_to_add": [_header(HEADERS[name], value) for name, value in facts.items()],
        "request_headers_to_remove": ["authorization", "cookie"],
    }


def _header(name: str, value: str) -> dict[str, Any]:
    return {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def _is_post() -> dict[str, Any]:
    return {"name": ":method", "string_match": {"exact": "POST"}}


def _share(share: float) -> dict[str, Any]:
    return {"numerator": round(share * SCALE), "denominator": "MILLION"}


def _discovered(found: list[dict[str, Any]]) -> dict[str, Any]:
    served = [_header("x-passgap-checkpoint", "%UPSTREAM_CLUSTER%")]
    host = {"name": "passgap", "domains": ["*"], "routes": found, "response_headers_to_add": served}
    table = {"@type": f"{_TYPE}.config.route.v3.RouteConfiguration", "name": "passgap", "virtual_hosts": [host]}
    return {"resources": [table]}


def _bootstrap(experiment: Experiment) -> dict[str, Any]:
    settings = experiment.settings
    assert settings.candidate is not None, "an experiment without a candidate is refused"
    candidate = cluster_name(settings.candidate, experiment.candidate)
    copies = {
        "name": "mirror",
        "virtual_hosts": [
            {
                "name": "mirror",
                "domains": ["*"],
                "routes": [
                    {
                        "match": {"prefix": "/"},
                        "route": {"cluster": candidate, "timeout": f"{settings.shadow.total_seconds:g}s"},
                    }
                ],
            }
        ],
    }
    watched = {"path_config_source": {"path": "routes.yaml", "watched_directory": {"path": "."}}}
    clients = {"rds": {"route_config_name": "passgap", "config_source": {**watched, "resource_api_version": "V3"}}}
    most = settings.shadow.body_bytes
    return {
        "node": {"id": "passgap", "cluster": "passgap"},
        "static_resources": {
            "listeners": [
                _listener("clients", settings.listen.host, settings.listen.port, experiment, clients),
                _listener("mirror", "127.0.0.1", MIRROR_PORT, experiment, {"route_config": copies}),
            ],
            "clusters": [
                *(_cluster(cluster_name(name, each), each, most) for name, each in experiment.named.items()),
                _mirror_cluster(experiment, most),
            ],
        },
    }


def _listener(name: str, host: str, port: int, experiment: Experiment, table: dict[str, Any]) -> dict[str, Any]:
    user = f"%REQ({experiment.user_header.upper()})%"
    log = {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": f"{_TYPE}.extensions.access_loggers.file.v3.FileAccessLog",
            "path": "access.jsonl",
            "log_format": {"json_format": {"listener": name, "user": user, **ENVOY_FORMAT}},
        },
    }
    manager = {
        "@type": f"{_TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        # A call's id is made anew for every client, and kept for a copy: it joins the two.
        "use_remote_address": name == "clients",
        "preserve_external_request_id": name == "mirror",
        "stream_idle_timeout": "0s",
        "access_log": [log],
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{_TYPE}.extensions.filters.http.router.v3.Router"},
            }
        ],
        **table,
    }
    return {
        "name": name,
        "address": {"socket_address": {"address": host, "port_value": port}},
        "per_connection_buffer_limit_bytes": experiment.settings.shadow.body_bytes,
        "filter_chains": [
            {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
        ],
    }


def _cluster(name: str, upstream: UpstreamSection, most: int) -> dict[str, Any]:
    address = urlsplit(upstream.base_url)
    host, secure = address.hostname or "", address.scheme == "https"
    port = address.port or (443 if secure else 80)
    found = _endpoint(name, host, port, upstream.connect_seconds, most)
    if secure:
        roots = {"trusted_ca": {"filename": "/etc/ssl/certs/ca-certificates.crt"}}
        names = {"match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": host}}]}
        found["transport_socket"] = {
            "name": "envoy.transport_sockets.tls",
            "typed_config": {
                "@type": f"{_TYPE}.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
                "sni": host,
                "common_tls_context": {"validation_context": {**roots, **names}},
            },
        }
    return found


def _endpoint(name: str, host: str, port: int, seconds: float, most: int) -> dict[str, Any]:
    address = {"socket_address": {"address": host, "port_value": port}}
    return {
        "name": name,
        "type": "STRICT_DNS",
        "connect_timeout": f"{seconds:g}s",
        "per_connection_buffer_limit_bytes": most,
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
    }


def _mirror_cluster(experiment: Experiment, most: int) -> dict[str, Any]:
    """The way of copies: more than may run and wait are dropped, before the candidate could have answered."""
    shadow = experiment.settings.shadow
    at_once = shadow.concurrency + shadow.queue
    limits = {"max_requests": at_once, "max_connections": at_once, "max_pending_requests": at_once}
    return {
        **_endpoint("mirror", "127.0.0.1", MIRROR_PORT, 1.0, most),
        "circuit_breakers": {"thresholds": [limits]},
    }


_ROLLBACK = """\
#!/bin/sh
# Sends every call to base: notes it in the study's ledger, where base answers, and moves other routes into place.
# Usage: ./rollback.sh STUDY WHY
set -eu
cd "$(dirname "$0")"
passgap rollback "$1" --why "$2"
cp routes-rollback.yaml .routes.yaml
mv .routes.yaml routes.yaml
"""

_WATCH = """\
#!/bin/sh
# Watches the candidate by Envoy's access log, and rolls back where a guardrail alarms. Exit code 20 is the advice to
# roll back; a reading that fails for another reason is no advice, and is tried again.
# Usage: ./watch.sh STUDY [SECONDS]
set -u
here=$(dirname "$0")
while :; do
  passgap canary "$1" --access-log "$here" --no-rollback --exit-code
  if [ $? -eq 20 ] && "$here/rollback.sh" "$1" "a guardrail alarmed"; then exit 0; fi
  sleep "${2:-10}"
done
"""

_README = """\
# {study}: the experiment in Envoy

{said}

| | checkpoint | address |
|---|---|---|
| production | `{production}` | {production_url} |
| candidate | `{candidate}` | {candidate_url} |
| after a rollback | `{base}` | {base_url} |

```console
envoy --mode validate -c envoy.yaml      # Envoy 1.36 or later, in this folder
envoy -c envoy.yaml --file-flush-interval-msec 1000   # the log is seen within a second, not within ten
./watch.sh STUDY                         # beside it: reads access.jsonl, advises, and rolls back by itself
./rollback.sh STUDY "users report wrong imports"
```

`passgap canary STUDY --access-log .` shows the state at any time. `routes.yaml` holds the shares: after a change of
`serve.yaml`, export anew and move the new `routes.yaml` over this one; Envoy reads it at once, and streams in flight
go on.

- Users are named by the header `{header}`, and are split by its hash: the same user gets the same checkpoint, and
  nobody leaves the canary when its share grows. Set it where users are authenticated. A call without it is
  production's. Envoy's hash has no key: the same users come first in every experiment.
- Copies go through a listener of Envoy's own, `127.0.0.1:{port}`, whose log joins them with their originals by
  `x-request-id`. More than `shadow.concurrency` + `shadow.queue` at once are dropped, and counted as never completed.
- The log holds errors and latency, no tokens and no texts. Guardrails on anything else need the product's own values,
  `promotion/telemetry/values-*.jsonl`, by `x-request-id`.
- `access.jsonl` names users as the header does; the rows that are made of it hold keyed hashes. Protect it, and rotate
  it by renaming within this folder.
- Envoy checks no clients' keys here, and no server's key is set: both belong to what stands before and behind it.
"""


def _readme(experiment: Experiment) -> str:
    settings = experiment.settings
    if settings.shadow.share:
        said = f"Copies of {100 * settings.shadow.share:g} % of production's calls go to the candidate."
    elif settings.canary.share:
        said = f"The candidate serves {100 * settings.canary.share:g} % of the users."
    else:
        said = "Both shares are 0: production serves every call."
    named = {"production": experiment.production, "candidate": experiment.candidate, "base": experiment.base}
    return _README.format(
        study=experiment.study,
        said=said,
        header=experiment.user_header,
        port=MIRROR_PORT,
        **{name: each.checkpoint for name, each in named.items()},
        **{f"{name}_url": each.base_url for name, each in named.items()},
    )
