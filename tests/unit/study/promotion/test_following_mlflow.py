"""MLflow's aliases as what decides: the ledger takes over what its rules allow, and says where the two disagree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.promotion.registry import Move, Registry, State
from passgap.study import Study
from passgap.study.context import StudyContext
from passgap.study.promotion.registered import signature_of
from promotions import RULES, granted, mirrored, opened

pytestmark = pytest.mark.slow

MODEL = "autocomplete"


class MlflowOfATest:
    """MLflow's own client on the registry that the study declares."""

    def __init__(self, folder: Path) -> None:
        mlflow = pytest.importorskip("mlflow", reason="the extra `mlflow` is not installed")
        uri = f"sqlite:///{folder / 'mlflow.db'}"
        section = {"uri": uri, "model": MODEL, "decides": "mlflow"}
        self.declared = {"promotion": {**RULES["promotion"], "mlflow": section}}
        self._client = mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)

    def aliases(self) -> dict[str, str]:
        known = self._client.get_registered_model(MODEL).aliases
        return {alias: self._version(str(number)).tags["passgap.checkpoint"] for alias, number in known.items()}

    def name(self, alias: str, checkpoint: str) -> None:
        versions = self._client.search_model_versions(f"name = '{MODEL}'")
        [found] = [each for each in versions if each.tags.get("passgap.checkpoint") == checkpoint]
        self._client.set_registered_model_alias(MODEL, alias, found.version)

    def name_a_stranger(self, alias: str) -> str:
        made = self._client.create_model_version(MODEL, "file:///elsewhere")
        self._client.set_registered_model_alias(MODEL, alias, made.version)
        return str(made.version)

    def version(self, alias: str) -> str:
        return str(self._client.get_registered_model(MODEL).aliases[alias])

    def remove(self, alias: str) -> None:
        self._client.delete_registered_model_alias(MODEL, alias)

    def _version(self, number: str) -> Any:
        return self._client.get_model_version(MODEL, number)


@pytest.fixture
def started(finished: Path) -> tuple[Study, MlflowOfATest]:
    mlflow = MlflowOfATest(finished)
    return granted(finished, mlflow.declared), mlflow


def disagreement(ask: Callable[[], object]) -> str:
    with pytest.raises(StudyError, match="MLflow's aliases and the study's ledger disagree") as told:
        ask()
    return told.value.problems[0]


def test_the_aliases_move_the_ledger_as_far_as_its_rules_allow(started: tuple[Study, MlflowOfATest]) -> None:
    study, mlflow = started
    registry: Registry = study.registry
    base, one = registry.find("base"), registry.find("candidate")
    assert mlflow.aliases() == {"production": base.id, "candidate": one.id, "base": base.id}

    mlflow.name("production", one.id)
    said = disagreement(study.follow_aliases)
    assert f"MLflow names {one.short}, the ledger has {base.short}" in said and "only a canary" in said
    disagreement(lambda: study.move_checkpoint("candidate", State.SHADOW, why="a try"))
    assert registry.find("candidate").state is State.CANDIDATE, "nothing was changed"
    mlflow.name("production", base.id)
    study.move_checkpoint("candidate", State.SHADOW, why="a try")

    mlflow.remove("candidate")
    study.follow_aliases()
    assert registry.find(one.id).state is State.RETIRED
    assert registry.find(one.id).history[-1].why == "MLflow's alias `candidate` was removed"
    mlflow.name("candidate", one.id)
    study.follow_aliases()
    assert registry.find(one.id).state is State.CANDIDATE

    mlflow.name_a_stranger("candidate")
    assert "a version of another origin, which is not registered" in disagreement(study.follow_aliases)
    mlflow.name("candidate", one.id)
    study.follow_aliases()


def test_a_rollback_in_the_ledger_is_brought_to_mlflow_and_not_undone_by_it(
    started: tuple[Study, MlflowOfATest], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, mlflow = started
    registry: Registry = study.registry
    base, one = registry.find("base"), registry.find("candidate")
    by = signature_of(study._now)
    for before, after in ((State.CANDIDATE, State.SHADOW), (State.SHADOW, State.CANARY)):
        registry.move([Move(checkpoint=one.id, before=before, after=after)], by=by, why="a test")
    into = [(base, State.PRODUCTION, State.RETIRED), (one, State.CANARY, State.PRODUCTION)]
    registry.move([Move(checkpoint=each.id, before=a, after=b) for each, a, b in into], by=by, why="a test")
    study.follow_aliases()
    assert mlflow.aliases() == {"production": one.id, "base": base.id}

    registry.roll_back(by=by, why="a guardrail", to=base.id)  # as the gateway's rollback does, which asks no MLflow
    study.follow_aliases()
    assert registry.find("production").id == base.id and mlflow.aliases()["production"] == base.id

    mlflow.name("production", one.id)
    study.follow_aliases()
    assert registry.find("production").id == one.id, "it has been in production before"
    assert registry.find(one.id).history[-1].why == "MLflow's alias `production` names it"

    registry.roll_back(by=by, why="a guardrail", to=base.id)
    mlflow.name_a_stranger("production")
    assert "is not registered" in disagreement(study.follow_aliases)
    assert registry.find("production").id == base.id


def test_a_candidate_is_watched_and_rolled_back_while_the_two_disagree(
    started: tuple[Study, MlflowOfATest], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, mlflow = started
    notes: list[str] = []
    monkeypatch.setattr(StudyContext, "note", lambda _, text: notes.append(text))
    study.move_checkpoint("candidate", State.SHADOW, why="a try")
    one = study.registry.find("candidate")
    mirrored(study, range(30), outcome="timeout", status=None)
    stranger = mlflow.name_a_stranger("production")
    report = study.canary()
    assert report.decision.advice == "roll back" and any("disagree" in each for each in notes)
    assert mlflow.version("production") == stranger, "what somebody set there is not overwritten unseen"
    disagreement(opened(study.folder.path, mlflow.declared).follow_aliases)
    assert study.registry.find(one.id).state is State.SHADOW
