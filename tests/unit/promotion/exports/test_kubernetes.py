"""The exports for Argo Rollouts and KServe: valid by the definitions of their resources, and consistent."""

from __future__ import annotations

import copy
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from passgap.errors import StudyError
from passgap.promotion.exports import DEPLOYMENTS, Experiment, write_deployment
from passgap.promotion.exports._mesh import bucket_pattern
from passgap.promotion.settings import GatewaySettings
from passgap.spec.promotion import PromotionSection

DEFINITIONS = os.environ.get("PASSGAP_CRDS")
"""A folder with the resource definitions of Argo Rollouts, KServe, the Gateway API and Istio, as they publish them."""

SEEN = PromotionSection(guards={"errors": 0.0, "latency": 0.02})
UPSTREAM = {"base_url": "http://study-production/openai/v1", "model": "autocomplete"}


def experiment(shadow: float = 0.0, canary: float = 0.0, **more: Any) -> Experiment:
    declared = {
        "upstreams": {"base": {**UPSTREAM, "checkpoint": "b" * 12}, "tuned": {**UPSTREAM, "checkpoint": "c" * 12}},
        "production": "base",
        "candidate": "tuned",
        "shadow": {"share": shadow},
        "canary": {"share": canary},
    }
    return Experiment(
        study="A study: Auto_complete",
        settings=GatewaySettings.model_validate({**declared, **more}),
        rules=SEEN,
        weights={"base": "hf://someone/base", "tuned": "artifacts/ssd-model/checkpoint"},
    )


def documents(target: str, found: Experiment) -> Mapping[str, list[Any]]:
    """The documents of every YAML file of an export."""
    files = DEPLOYMENTS[target].files(found)
    return {name: list(yaml.safe_load_all(text)) for name, text in files.items() if name.endswith(".yaml")}


EXPORTS = {
    "argo": ("argo", experiment(0.2, 0.05)),
    "kserve-shadow": ("kserve", experiment(shadow=0.25)),
    "kserve-canary": ("kserve", experiment(canary=0.1)),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_shell_script_can_be_parsed(name: str, tmp_path: Path) -> None:
    target, found = EXPORTS[name]
    folder = write_deployment(DEPLOYMENTS[target], found, tmp_path / "out").folder
    scripts = [*folder.glob("*.sh")]
    for each in documents(target, found)["analysis.yaml"]:
        (container,) = each["spec"]["metrics"][0]["provider"]["job"]["spec"]["template"]["spec"]["containers"]
        scripts.append(tmp_path / each["metadata"]["name"])
        scripts[-1].write_text(container["command"][2])
    assert all(os.access(each, os.X_OK) for each in folder.glob("*.sh"))
    for script in scripts:
        subprocess.run(["sh", "-n", script], check=True)


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (20, 20)])
def test_the_analysis_ends_with_the_advice_and_never_with_another_failure(code: int, ends: int, tmp_path: Path) -> None:
    """The script itself, with a monitor that fails, goes on, and then advises."""
    (template, _) = documents(*EXPORTS["argo"])["analysis.yaml"]
    (container,) = template["spec"]["metrics"][0]["provider"]["job"]["spec"]["template"]["spec"]["containers"]
    monitor = tmp_path / "passgap"
    monitor.write_text(
        f"""#!/bin/sh
echo "$@" >> {tmp_path}/asked
if [ "$1" = promote ]; then exit 0; fi
case $(grep -c canary {tmp_path}/asked) in 1) exit 2 ;; 2) exit 10 ;; 3) exit 1 ;; *) exit {code} ;; esac
"""
    )
    monitor.chmod(0o755)
    script = container["command"][2].replace("sleep 60", "true")
    done = subprocess.run(
        ["sh", "-c", script], env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=False
    )
    assert done.returncode == ends
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[:4] == ["canary /study --access-log /logs --exit-code"] * 4
    assert asked[4:] == ([] if code else ["promote /study --to canary --why the monitors advise it"])


def test_the_rollout_mirrors_waits_splits_waits_and_serves_all() -> None:
    files = documents(*EXPORTS["argo"])
    (rollout,) = files["rollout.yaml"]
    canary = rollout["spec"]["strategy"]["canary"]
    assert [next(iter(step)) for step in canary["steps"]] == [
        *("setCanaryScale", "setMirrorRoute", "analysis", "setMirrorRoute"),
        *("setHeaderRoute", "analysis", "setHeaderRoute", "setWeight"),
    ]
    used = {step[kind]["name"] for step in canary["steps"] for kind in step if kind.endswith("Route")}
    assert used == {each["name"] for each in canary["trafficRouting"]["managedRoutes"]}
    analyses = {each["metadata"]["name"] for each in files["analysis.yaml"]}
    asked = {each["templateName"] for step in canary["steps"] for each in step.get("analysis", {}).get("templates", ())}
    assert asked == analyses
    hosts = {each["metadata"]["name"] for each in files["traffic.yaml"] if each["kind"] == "Service"}
    assert {canary["stableService"], canary["canaryService"]} == hosts


def test_a_share_is_so_many_of_a_hundred_buckets() -> None:
    for share, count in ((0.01, 1), (0.25, 25), (1.0, 100)):
        pattern = re.compile(bucket_pattern(share))
        assert sum(pattern.fullmatch(f"{each:02}") is not None for each in range(100)) == count
    smaller, larger = re.compile(bucket_pattern(0.05)), re.compile(bucket_pattern(0.3))
    buckets = [f"{each:02}" for each in range(100)]
    assert all(larger.fullmatch(each) for each in buckets if smaller.fullmatch(each)), "nobody leaves the canary"


def test_kserve_mirrors_or_splits_and_its_rollback_leads_to_base() -> None:
    shadow, canary = (documents(*EXPORTS[name]) for name in ("kserve-shadow", "kserve-canary"))
    first, rest = shadow["route.yaml"][0]["spec"]["rules"]
    assert first["filters"][1]["requestMirror"]["backendRef"]["name"].endswith("-tuned-predictor")
    assert first["matches"][0]["method"] == "POST" and first["backendRefs"] == rest["backendRefs"]
    first, rest = canary["route.yaml"][0]["spec"]["rules"]
    assert first["backendRefs"][0]["name"].endswith("-tuned-predictor") and "headers" not in rest["matches"][0]
    (back,) = canary["route-rollback.yaml"][0]["spec"]["rules"]
    assert back["backendRefs"][0]["name"].endswith("-base-predictor")
    services = {each["metadata"]["name"] for each in canary["services.yaml"]}
    loaded = [each["spec"]["predictor"]["model"]["storageUri"] for each in canary["services.yaml"]]
    assert loaded == ["hf://someone/base", "pvc://passgap-study/artifacts/ssd-model/checkpoint"]
    assert {each["backendRefs"][0]["name"] for each in (first, rest)} == {f"{each}-predictor" for each in services}


def test_what_buckets_volumes_and_rollouts_cannot_do_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as error:
        write_deployment(DEPLOYMENTS["argo"], experiment(shadow=0.125, base="tuned"), tmp_path / "argo")
    said = "\n".join(error.value.problems)
    assert "no whole percentage" in said and "steps of one rollout" in said and "`base` is not" in said
    found = experiment(shadow=0.1)
    with pytest.raises(StudyError) as error:
        unknown = Experiment(study=found.study, settings=found.settings, rules=SEEN)
        write_deployment(DEPLOYMENTS["kserve"], unknown, tmp_path / "kserve")
    assert ["no registered checkpoint" in each for each in error.value.problems] == [True, True]


@pytest.mark.skipif(DEFINITIONS is None, reason="PASSGAP_CRDS names no folder with custom resource definitions")
@pytest.mark.parametrize("name", EXPORTS)
def test_the_published_definitions_accept_every_resource(name: str) -> None:
    assert DEFINITIONS is not None
    known: dict[tuple[str, str], Any] = {}
    for path in Path(DEFINITIONS).glob("*.yaml"):
        for each in yaml.load_all(path.read_text(), yaml.CSafeLoader):
            if not each or each.get("kind") != "CustomResourceDefinition":
                continue
            for version in each["spec"]["versions"]:
                api = f"{each['spec']['group']}/{version['name']}"
                known[api, each["spec"]["names"]["kind"]] = version["schema"]["openAPIV3Schema"]
    checked = 0
    for resources in documents(*EXPORTS[name]).values():
        for each in resources:
            if "kind" not in each or each["apiVersion"] == "v1":
                continue
            schema = strict(copy.deepcopy(known[each["apiVersion"], each["kind"]]))
            jsonschema.validate(each, schema)
            each["spec"]["misspelt"] = 1
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(each, schema)
            checked += 1
    assert checked >= 4


def strict(schema: Any, *, top: bool = True) -> Any:
    """A structural schema of Kubernetes that refuses fields which the server would silently drop."""
    if isinstance(schema, list):
        return [strict(each, top=False) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.pop("x-kubernetes-int-or-string", False):
        return {"type": ["integer", "string"]}
    found = {
        key: (
            {name: strict(each, top=False) for name, each in value.items()}
            if key == "properties"
            else strict(value, top=False)
            if key in ("items", "additionalProperties")
            else value
        )
        for key, value in schema.items()
    }
    if "properties" in found and not found.get("x-kubernetes-preserve-unknown-fields"):
        if top:
            found["properties"] |= {name: {} for name in ("apiVersion", "kind", "metadata")}
        found["additionalProperties"] = False
    return found
