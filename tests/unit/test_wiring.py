"""A study is wired to the engine that it declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from passgap import engines, parse_study
from passgap.ports import FolderModel
from passgap.spec import ClusterSection, PluginEngine
from passgap.spec.template import study_template
from passgap.stages import Silent
from passgap.wiring import open_services


def test_an_engine_of_another_distribution_is_opened_with_its_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(engines, "open_sampler", lambda *asked, **options: opened.append((asked, options)))
    monkeypatch.setattr(engines, "open_on_cluster", lambda *asked, **options: opened.append((asked, options)))
    spec = parse_study(study_template("x")).spec
    plugin = spec.model_copy(update={"engine": PluginEngine(name="bigram", options={"order": 2})})
    services = open_services(plugin, Silent())
    services.open_sampler(FolderModel(folder=tmp_path), [])
    wanted = {"order": 2, "context_tokens": spec.model.context_tokens}
    assert opened == [(("bigram", tmp_path), wanted)]
    assert services.choose_dtype() is None, "it chooses for itself"
    assert services.in_dtype is None
    cluster = ClusterSection(workers=2)
    open_services(plugin.model_copy(update={"cluster": cluster}), Silent()).open_sampler(
        FolderModel(folder=tmp_path), []
    )
    assert opened[1:] == [(("bigram", tmp_path, cluster), wanted)]
