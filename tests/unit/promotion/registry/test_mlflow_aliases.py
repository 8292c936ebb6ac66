"""MLflow's own client finds the checkpoint that the ledger has in production, under its alias."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StoreError
from passgap.promotion.registry import CheckpointManifest, Move, Registry, Signature, State, hash_files
from passgap.promotion.registry.mlflow_aliases import publish_aliases
from passgap.spec.promotion import ModelRegistrySection
from passgap.store import Ledger

pytest.importorskip("mlflow", reason="the extra `mlflow` is not installed")
BY = Signature(who="a test", time=dt.datetime(2026, 4, 1, tzinfo=dt.UTC))


def added(registry: Registry, arm: str, state: State = State.CANDIDATE) -> Any:
    folder = registry.study / "artifacts" / arm
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_text(arm)
    manifest = CheckpointManifest(
        study="s", study_digest="s", model="m", arm=arm, weights=arm, files=hash_files(folder), licence="MIT"
    )
    return registry.add(manifest, folder, by=BY, why="a test", state=state)


@pytest.mark.slow
def test_states_and_aliases_are_read_back_by_mlflow(tmp_path: Path) -> None:
    from mlflow import MlflowClient  # noqa: PLC0415

    registry = Registry(tmp_path, Ledger(tmp_path / "ledger.jsonl"))
    section = ModelRegistrySection(uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
    base, one = added(registry, "base", State.PRODUCTION), added(registry, "ssd")
    assert publish_aliases(registry, section, "autocomplete") == "autocomplete"
    client = MlflowClient(tracking_uri=section.uri, registry_uri=section.uri)

    def alias(name: str) -> str:
        return str(client.get_model_version_by_alias("autocomplete", name).tags["passgap.checkpoint"])

    assert (alias("production"), alias("candidate"), alias("base")) == (base.id, one.id, base.id)
    for before, after in ((State.CANDIDATE, State.SHADOW), (State.SHADOW, State.CANARY)):
        registry.move((Move(checkpoint=one.id, before=before, after=after),), by=BY, why="a test")
    registry.move(
        (
            Move(checkpoint=base.id, before=State.PRODUCTION, after=State.RETIRED),
            Move(checkpoint=one.id, before=State.CANARY, after=State.PRODUCTION),
        ),
        by=BY,
        why="a test",
    )
    for _ in range(2):  # the second changes nothing
        publish_aliases(registry, section, "autocomplete")
        assert (alias("production"), alias("base")) == (one.id, base.id)
        versions = client.search_model_versions("name = 'autocomplete'")
        states = {each.tags["passgap.checkpoint"]: each.tags["passgap.state"] for each in versions}
        assert states == {base.id: "retired", one.id: "production"}
    assert "candidate" not in client.get_registered_model("autocomplete").aliases
    source = client.get_model_version_by_alias("autocomplete", "production").source
    assert source == (tmp_path / "artifacts" / "ssd").as_uri()


def test_a_name_that_mlflow_cannot_be_asked_for_is_refused(tmp_path: Path) -> None:
    registry = Registry(tmp_path, Ledger(tmp_path / "ledger.jsonl"))
    section = ModelRegistrySection(uri=f"sqlite:///{tmp_path / 'mlflow.db'}", model="it's")
    with pytest.raises(StoreError, match="cannot be the name"):
        publish_aliases(registry, section, "s")
