"""The interface of a deployment target: the experiment of ``serve.yaml`` in the words of another traffic manager."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import yaml

from passgap.errors import StoreError, StudyError
from passgap.promotion.metrics import METRICS, Reads
from passgap.promotion.settings import GatewaySettings
from passgap.promotion.settings.upstreams import UpstreamSection
from passgap.records import Record
from passgap.spec.promotion import PromotionSection
from passgap.store.files import writing

SEEN_BY_PROXIES = ("errors", "latency")
"""The metrics that the access log of a proxy holds; others have to be measured by the product."""


class Deployment(Record):
    """The outcome of an export."""

    folder: Path
    files: tuple[str, ...]
    """Relative to the folder."""


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Base, production and candidate with their shares, as the gateway's file declares them."""

    study: str
    settings: GatewaySettings
    rules: PromotionSection
    weights: Mapping[str, str | None] = field(default_factory=dict)
    """By upstream: the folder of its checkpoint's files within the study, or the address of a base model on the hub,
    ``hf://...``; None where there is neither."""

    @property
    def production(self) -> UpstreamSection:
        """The upstream in production."""
        return self.settings.upstreams[self.settings.production]

    @property
    def base(self) -> UpstreamSection:
        """The upstream that a rollback goes back to."""
        return self.settings.upstreams[self.settings.base_name]

    @property
    def candidate(self) -> UpstreamSection:
        """The upstream under test."""
        assert self.settings.candidate is not None, "an experiment without a candidate is refused"
        return self.settings.upstreams[self.settings.candidate]

    @property
    def named(self) -> Mapping[str, UpstreamSection]:
        """The upstreams of the experiment by name, each once."""
        assert self.settings.candidate is not None, "an experiment without a candidate is refused"
        names = (self.settings.production, self.settings.base_name, self.settings.candidate)
        return {name: self.settings.upstreams[name] for name in dict.fromkeys(names)}

    @property
    def user_header(self) -> str:
        """The header that names a call's user: proxies look into no body."""
        return next(each.partition(":")[2] for each in self.settings.canary.user_from if each.startswith("header:"))


class DeploymentTarget(ABC):
    """A traffic manager that can mirror, split and roll back."""

    name: ClassVar[str]
    """As on the command line."""
    caption: ClassVar[str]
    position: ClassVar[float] = 100.0
    in_turn: ClassVar[bool] = False
    """Whether it mirrors first and splits users afterwards, by itself; otherwise one of both is exported at a time."""

    @abstractmethod
    def files(self, experiment: Experiment) -> Mapping[str, str]:
        """The contents of the files by their names; one of them is ``README.md``."""

    def refusals(self, experiment: Experiment) -> Iterator[str]:
        """Yield what this target cannot carry out."""
        del experiment
        yield from ()


def common_refusals(settings: GatewaySettings, rules: PromotionSection, *, in_turn: bool) -> Iterator[str]:
    """Yield what no target can carry out."""
    if settings.candidate is None:
        yield "serve.yaml: `candidate` is missing: there is nothing to mirror to, or to split between."
        return
    production, candidate = settings.upstreams[settings.production], settings.upstreams[settings.candidate]
    if production.model != candidate.model:
        yield (
            f"serve.yaml: the servers have different names for the model, {production.model} and {candidate.model}. A "
            f"proxy changes no body: serve both under one name, as with `--served-model-name` of vLLM."
        )
    for name, each in settings.upstreams.items():
        if each.key_variable:
            yield (
                f"serve.yaml: upstreams.{name}.key_variable: the key of a server is not written into files. Serve it "
                f"without a key in a network of its own, or use `passgap serve`."
            )
    paths = {urlsplit(each.base_url).path.rstrip("/") for each in settings.upstreams.values()}
    if len(paths) > 1:
        yield f"serve.yaml: the servers' paths differ ({', '.join(sorted(paths))}). Serve all under one."
    if not any(each.startswith("header:") for each in settings.canary.user_from):
        yield "serve.yaml: `canary.user_from` names no header, and a proxy looks into no body. Add `header:NAME`."
    if settings.shadow.share and settings.canary.share and not in_turn:
        yield (
            "serve.yaml: `shadow.share` and `canary.share` are both above 0. Export them one after the other: a proxy "
            "would mirror the canary's own calls to it as well."
        )
    blind = [name for name in rules.guards if name not in SEEN_BY_PROXIES and METRICS[name].reads is not Reads.VALUES]
    if blind:
        kept = {name: margin for name, margin in rules.guards.items() if name not in blind}
        yield (
            f"study.yaml: promotion.guards: an access log holds nothing about {', '.join(blind)}, and without data "
            f"nothing is ever promoted. Declare `guards: {yaml.safe_dump(kept, default_flow_style=True).strip()}`, or "
            f"use `passgap serve`."
        )


def write_deployment(target: DeploymentTarget, experiment: Experiment, folder: Path) -> Deployment:
    """Write an experiment for a target into a new folder.

    Raises:
        StudyError: the target cannot carry it out, with every reason.
        StoreError: the folder holds something.
    """
    problems = [*common_refusals(experiment.settings, experiment.rules, in_turn=target.in_turn)]
    problems += target.refusals(experiment) if experiment.settings.candidate is not None else ()
    if problems:
        raise StudyError(f"this experiment cannot be carried out by {target.name}", problems)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"{folder} is there already", ["Nothing is overwritten: name a new folder with `--out`."])
    written = target.files(experiment)
    with writing(folder):
        for name, content in written.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            if content.startswith("#!"):
                path.chmod(0o755)
    return Deployment(folder=folder, files=tuple(written))


def as_yaml(*documents: Any) -> str:
    """Documents as YAML, in the order of their keys."""
    return yaml.safe_dump_all(documents, sort_keys=False, width=120)
