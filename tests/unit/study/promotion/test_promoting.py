"""From a finished study into the registry: what the evidence does not carry is refused, with every reason at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from passgap.decisions.canary import Advice
from passgap.decisions.promotion import PromotionWaiver
from passgap.errors import StudyError
from passgap.promotion.monitoring.acting import roll_candidate_back
from passgap.promotion.registry import State
from passgap.store import select
from passgap.study.context import StudyContext
from passgap.testing.scripted_study import DECLARED
from promotions import RULES, WAIVED, granted, mirrored, opened, refused


def test_a_rehearsal_is_refused_unless_somebody_answers_for_it(finished: Path) -> None:
    found = refused(opened(finished))
    assert "too small to decide" in found["rehearsal"]
    assert not (finished / "promotion").exists()


def test_the_manifest_holds_what_the_promotion_rests_on(finished: Path) -> None:
    study = granted(finished)
    one, base = study.registry.find("candidate"), study.registry.find("base")
    manifest = one.manifest
    assert manifest.evaluation is not None and manifest.battery is not None and manifest.recipe is not None
    assert "held-out problems against" in manifest.evaluation.contamination
    assert manifest.evaluation.changes[0].lift.delta.n == 12
    assert manifest.recipe.registration == study.folder.ledger.of_kind("pre-registration")[0].hash
    assert {each.name for each in manifest.files} >= {"config.json", "tuned"}
    assert [each.digest for each in manifest.parents] == [base.manifest.weights]
    assert base.state is State.PRODUCTION and one.waivers


def test_every_lack_is_named_at_once(finished: Path) -> None:
    (model,) = select(opened(finished).folder.index(), "ssd-model")
    (model.folder / "checkpoint" / "config.json").write_text('{"other": true}')
    (results,) = select(opened(finished).folder.index(), "ssd-heldout-results")
    shutil.rmtree(results.folder)
    found = refused(opened(finished, {"model": {**DECLARED["model"], "licence": "unknown"}}))
    assert {"held-out", "battery", "weights", "licence", "rehearsal"} <= found.keys()
    assert "a file was changed since" in found["weights"]


def test_what_was_never_trained_or_trains_nothing_has_no_checkpoint(finished: Path) -> None:
    with pytest.raises(StudyError, match="trains nothing"):
        opened(finished).promote("decode-only")
    with pytest.raises(StudyError, match="there is no checkpoint"):
        opened(finished).promote("ssd", second_round=True)


def test_files_that_changed_after_registration_stop_every_move(finished: Path) -> None:
    study = granted(finished)
    study.move_checkpoint("candidate", State.SHADOW, why="a try")
    one = study.registry.find("candidate")
    assert one.location is not None
    (one.location / "config.json").write_text('{"other": true}')
    with pytest.raises(StudyError) as error:
        study.move_checkpoint("candidate", State.CANARY, why="a try")
    assert "config.json was changed" in error.value.problems[0]
    study.move_checkpoint("candidate", State.RETIRED, why="the files were changed")


def test_a_move_has_a_reason_and_a_rehearsal_never_goes_into_production(finished: Path) -> None:
    study = granted(finished)
    with pytest.raises(StudyError) as error:
        study.move_checkpoint("candidate", State.SHADOW, why=" ")
    assert "--why" in error.value.problems[0]
    study.move_checkpoint("candidate", State.SHADOW, why="a try")
    study.move_checkpoint("candidate", State.CANARY, why="a try", waivers=[WAIVED])
    with pytest.raises(StudyError) as error:
        study.move_checkpoint("candidate", State.PRODUCTION, why="a try", waivers=[WAIVED])
    assert "a rehearsal" in error.value.problems[0]
    assert "`monitor` was waived: a test" in study.registry.find("candidate").history[-1].why


def test_a_retired_checkpoint_can_be_promoted_again(finished: Path) -> None:
    study = granted(finished)
    study.move_checkpoint("candidate", State.RETIRED, why="not now")
    assert study.registry.candidate is None
    assert granted(finished).registry.find("candidate").state is State.CANDIDATE


def test_files_are_kept_for_as_long_as_the_study_declares(finished: Path) -> None:
    study = granted(finished)
    study.move_checkpoint("candidate", State.RETIRED, why="not now")
    (kept,) = study.collect().kept
    assert "the window is 90 days" in kept[1]
    (kept,) = opened(finished, {"promotion": {"retention_days": 30}}).collect().kept
    assert "the window is 30 days" in kept[1]


def test_nothing_is_watched_before_a_candidate_gets_traffic(finished: Path) -> None:
    with pytest.raises(StudyError, match="no candidate gets traffic"):
        granted(finished).canary()


def test_a_candidate_goes_on_where_its_monitors_advise_it_and_the_ledger_says_so(finished: Path) -> None:
    study = granted(finished, RULES)
    study.move_checkpoint("candidate", State.SHADOW, why="a try")
    with pytest.raises(StudyError) as error:
        study.move_checkpoint("candidate", State.CANARY, why="a try")
    assert "they have never been read" in error.value.problems[0]
    mirrored(study, range(10))
    assert study.canary().decision.advice is Advice.KEEP_GOING
    with pytest.raises(StudyError) as error:
        study.move_checkpoint("candidate", State.CANARY, why="a try")
    assert "their last advice is to keep going" in error.value.problems[0]
    mirrored(study, range(10, 40))
    assert study.canary().decision.advice is study.canary().decision.advice is Advice.PROMOTE
    assert study.move_checkpoint("candidate", State.CANARY, why="it is no worse").state is State.CANARY
    kinds = [each.kind for each in study.folder.ledger.entries()]
    assert kinds.count("promotion-rules") == 1 and kinds.count("canary") == 2, "an advice is noted where it changes"


def test_a_guardrail_rolls_back_by_itself(finished: Path) -> None:
    study = granted(finished, RULES)
    one = study.move_checkpoint("candidate", State.SHADOW, why="a try")
    mirrored(study, range(30), outcome="timeout")
    said = study.canary()
    assert said.decision.advice is Advice.ROLL_BACK and not said.rolled_back
    assert study.registry.find(one.id).state is State.SHADOW, "nobody was asked to"
    report = study.canary(lambda why: roll_candidate_back(finished, "a test", why))
    assert report.rolled_back
    retired = study.registry.find(one.id)
    assert retired.state is State.RETIRED and "errors (pairs)" in retired.history[-1].why
    with pytest.raises(StudyError, match="no candidate gets traffic"):
        study.canary()


def test_rules_are_not_changed_while_a_candidate_gets_traffic(finished: Path) -> None:
    granted(finished, RULES).move_checkpoint("candidate", State.SHADOW, why="a try")
    changed = opened(finished, {"promotion": {**RULES["promotion"], "alpha": 0.2}})
    with pytest.raises(StudyError) as error:
        changed.canary()
    assert error.value.problems == ("promotion.alpha: declared 0.05, now 0.2. Put it back.",)
    opened(finished, {"promotion": {**RULES["promotion"], "retention_days": 30}}).canary()


def test_where_signing_is_declared_nothing_unsigned_is_promoted_or_moved(finished: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    key = finished / "passgap.key"
    key.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    public = private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    (finished / "passgap.pub").write_bytes(public)
    study = opened(finished, {"promotion": {"signing": {"public_key": "passgap.pub"}}})
    found = refused(study)
    assert "there is no signature" in found["signature"]
    waivers = [PromotionWaiver(name=name, reason="a test") for name in found]
    with pytest.raises(StudyError) as error:
        study.promote("ssd", waivers=waivers)
    assert any("signature" in each for each in error.value.problems), "nobody can waive it"
    study.promote("ssd", waivers=[each for each in waivers if each.name != "signature"], key=str(key))
    study.move_checkpoint("candidate", State.SHADOW, why="a try")
    signature = study.registry.find("candidate").location.with_suffix(".sig")  # type: ignore[union-attr]
    signature.write_text("{}")
    with pytest.raises(StudyError) as error:
        study.move_checkpoint("candidate", State.CANDIDATE, why="a try")
    assert "does not verify" in error.value.problems[0]


def test_a_registry_of_mlflow_that_cannot_be_written_stops_nothing(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlflow", reason="the extra `mlflow` is not installed")
    notes: list[str] = []
    monkeypatch.setattr(StudyContext, "note", lambda _, text: notes.append(text))
    study = granted(finished, {"promotion": {"mlflow": {"model": "it's"}}})
    assert study.registry.find("candidate").state is State.CANDIDATE
    assert "cannot be the name of a model in MLflow" in notes[-1]
