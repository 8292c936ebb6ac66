"""The registry: states in the ledger, aliases derived, files that are compared, and what a collection leaves alone."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
from pathlib import Path

import pytest

from passgap.errors import StoreError, StudyError
from passgap.promotion.registry import (
    Checkpoint,
    CheckpointManifest,
    Move,
    Registry,
    Signature,
    State,
    collect_expired,
    hash_files,
)
from passgap.store import Ledger

START = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


def by(days: float = 0.0, who: str = "a test") -> Signature:
    return Signature(who=who, time=START + dt.timedelta(days=days))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path, Ledger(tmp_path / "ledger.jsonl"))


def added(registry: Registry, arm: str, days: float = 0.0, folder: Path | None = None) -> Checkpoint:
    place = folder or registry.study / "artifacts" / f"{arm}-model" / "checkpoint"
    place.mkdir(parents=True, exist_ok=True)
    (place / "model.safetensors").write_text(f"weights of {arm}")
    manifest = CheckpointManifest(
        study="a study",
        study_digest="s",
        model="m",
        arm=arm,
        weights=f"digest of {arm}",
        files=hash_files(place),
        licence="MIT",
    )
    state = State.PRODUCTION if arm == "base" else State.CANDIDATE
    return registry.add(manifest, place, by=by(days), why=f"because of {arm}", state=state)


def moved(registry: Registry, one: Checkpoint, *states: State, days: float = 0.0) -> Checkpoint:
    for state in states:
        now = registry.find(one.id)
        moves = [Move(checkpoint=one.id, before=now.state, after=state)]
        serving = registry.production
        if state is State.PRODUCTION and serving is not None:
            moves.insert(0, Move(checkpoint=serving.id, before=State.PRODUCTION, after=State.RETIRED))
        registry.move(moves, by=by(days), why="a test")
    return registry.find(one.id)


def test_an_id_is_the_manifests_hash_and_names_bytes(registry: Registry) -> None:
    one = added(registry, "ssd")
    assert one.id == one.manifest.id and len(one.id) == 64
    changed = one.manifest.model_copy(update={"weights": "others"})
    assert changed.id != one.id
    assert registry.find(one.id[:9]).manifest == one.manifest
    assert added(registry, "ssd").history == one.history, "registered once"


def test_states_are_entries_of_the_ledger_with_who_why_and_when(registry: Registry) -> None:
    base, one = added(registry, "base"), added(registry, "ssd")
    assert (registry.production, registry.candidate) == (base, one)
    one = moved(registry, one, State.SHADOW, State.CANARY, State.PRODUCTION, days=3)
    assert [each.state for each in one.history] == ["candidate", "shadow", "canary", "production"]
    assert {each.who for each in one.history} == {"a test"} and one.since == by(3).time
    assert registry.production is not None and registry.production.id == one.id
    assert registry.find("base").state is State.RETIRED
    assert registry.candidate is None
    kinds = [each.kind for each in Ledger(registry.study / "ledger.jsonl").entries()]
    assert kinds == ["checkpoint", "checkpoint", "promotion", "promotion", "promotion"]


@pytest.mark.parametrize("state", [State.CANARY, State.PRODUCTION])
def test_no_state_is_skipped(registry: Registry, state: State) -> None:
    one = added(registry, "ssd")
    with pytest.raises(StudyError, match="cannot change") as error:
        moved(registry, one, state)
    assert f"not {state}" in error.value.problems[0]


def test_only_one_candidate_gets_traffic(registry: Registry) -> None:
    first, second = added(registry, "ssd"), added(registry, "dpo")
    moved(registry, first, State.SHADOW, State.CANARY)
    with pytest.raises(StudyError) as error:
        moved(registry, second, State.SHADOW)
    assert any("only one candidate" in each for each in error.value.problems)
    assert registry.candidate is not None and registry.candidate.id == first.id


def test_a_move_from_a_state_that_has_passed_changes_nothing(registry: Registry) -> None:
    one = added(registry, "ssd")
    moved(registry, one, State.SHADOW)
    stale = Move(checkpoint=one.id, before=State.CANDIDATE, after=State.RETIRED)
    with pytest.raises(StudyError) as error:
        registry.move((stale,), by=by(), why="a race")
    assert "is shadow by now" in error.value.problems[0]
    assert registry.find(one.id).state is State.SHADOW


def test_a_rollback_retires_the_candidate_and_then_goes_back_to_base(registry: Registry) -> None:
    base, first, second = added(registry, "base"), added(registry, "ssd"), added(registry, "dpo")
    moved(registry, first, State.SHADOW, State.CANARY, State.PRODUCTION)
    moved(registry, second, State.SHADOW)
    assert registry.roll_back(by=by(), why="errors", evidence={"p": 0.001}) is not None
    assert registry.find(second.id).state is State.RETIRED
    assert registry.production is not None and registry.production.id == first.id
    registry.roll_back(by=by(), why="a regression")
    assert registry.production is not None and registry.production.id == base.id
    assert registry.roll_back(by=by(), why="again") is None


def test_the_registry_follows_a_rollback_and_its_end(registry: Registry) -> None:
    base, first, second = added(registry, "base"), added(registry, "ssd"), added(registry, "dpo")
    moved(registry, first, State.SHADOW, State.CANARY, State.PRODUCTION)
    moved(registry, second, State.SHADOW)
    registry.roll_back(by=by(), why="errors", to="base")
    assert [registry.find(each.id).state for each in (base, first, second)] == ["production", "retired", "retired"]
    assert registry.undo_rollback(by=by(), why="a mistake", to=first.short) is not None
    assert [registry.find(each.id).state for each in (base, first, second)] == ["retired", "production", "retired"]
    assert registry.undo_rollback(by=by(), why="again", to=first.short) is None
    for never in (second.short, "unknown"):
        assert registry.undo_rollback(by=by(), why="never in production", to=never) is None
    assert registry.roll_back(by=by(), why="where nobody knows the name", to="unknown") is not None
    assert registry.production is not None and registry.production.is_base


def test_moves_at_the_same_time_are_made_one_after_the_other_or_refused(registry: Registry) -> None:
    one = added(registry, "ssd")
    moved(registry, one, State.SHADOW)
    outcomes: list[str] = []

    def move(after: State) -> None:
        try:
            again = Registry(registry.study, Ledger(registry.study / "ledger.jsonl"))
            again.move((Move(checkpoint=one.id, before=State.SHADOW, after=after),), by=by(), why="a race")
            outcomes.append(after)
        except StudyError as error:
            outcomes.append(error.problems[0])

    threads = [threading.Thread(target=move, args=(each,)) for each in (State.CANARY, State.RETIRED, State.CANDIDATE)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    made = [each for each in outcomes if each in set(State)]
    assert len(made) == 1 and registry.find(one.id).state == made[0]
    assert sum("by now" in each for each in outcomes) == 2


def test_changed_added_and_missing_files_are_named(registry: Registry) -> None:
    one = added(registry, "ssd")
    assert one.location is not None and not list(one.problems())
    (one.location / "model.safetensors").write_text("weights of sdd")
    (one.location / "more.json").write_text("{}")
    assert [each.rpartition("/")[2] for each in one.problems()] == [
        "more.json was added",
        "model.safetensors was changed",
    ]
    (one.location / "model.safetensors").unlink()
    assert any("is missing" in each for each in one.problems())


def test_a_manifest_that_was_edited_is_refused(registry: Registry) -> None:
    one = added(registry, "ssd")
    path = registry.folder / one.short / "manifest.json"
    path.write_text(path.read_text().replace('"MIT"', '"BSD"'))
    with pytest.raises(StoreError, match="was changed after it was registered"):
        registry.checkpoints()


def test_a_beginning_of_several_ids_or_of_none_finds_nothing(registry: Registry) -> None:
    added(registry, "ssd"), added(registry, "dpo")
    with pytest.raises(StudyError, match="several checkpoints begin with ``"):
        registry.find("")
    with pytest.raises(StudyError, match="there is no checkpoint `production`"):
        registry.find("production")


def test_a_collection_deletes_what_is_retired_for_longer_than_the_window_and_nothing_else(registry: Registry) -> None:
    base, old, young, waiting = (added(registry, name) for name in ("base", "ssd", "dpo", "grpo"))
    moved(registry, old, State.RETIRED, days=1)
    moved(registry, young, State.SHADOW, State.CANARY, State.PRODUCTION, days=2)
    moved(registry, young, State.RETIRED, days=80)
    dry = collect_expired(registry, days=90, by=by(91.5), delete=False)
    assert [each.id for each in dry.deleted] == [old.id] and old.location is not None and old.location.exists()
    found = collect_expired(registry, days=90, by=by(91.5))
    assert [each.id for each in found.deleted] == [old.id] and not old.location.exists()
    reasons = {each.id: why for each, why in found.kept}
    assert "base model" in reasons[base.id] and "the window is 90 days" in reasons[young.id]
    assert waiting.location is not None and waiting.location.exists()
    again = registry.find(old.id)
    assert again.collected and "were deleted" in next(iter(again.problems()))
    assert not collect_expired(registry, days=90, by=by(91.5)).deleted


def test_a_collection_leaves_shared_and_outside_folders_alone(registry: Registry, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    one = added(registry, "ssd", folder=outside)
    shared = registry.study / "artifacts" / "shared" / "checkpoint"
    two, three = added(registry, "dpo", folder=shared), added(registry, "grpo", folder=shared / "inner")
    moved(registry, one, State.RETIRED)
    moved(registry, two, State.RETIRED)
    reasons = {each.id: why for each, why in collect_expired(registry, days=1, by=by(30)).kept}
    assert "not inside the study" in reasons[one.id] and three.short in reasons[two.id]
    assert outside.exists() and shared.exists()


def retired(registry: Registry, arm: str) -> tuple[Checkpoint, Path]:
    one = moved(registry, added(registry, arm), State.RETIRED)
    assert one.location is not None
    return one, one.location


def kept_because(registry: Registry, one: Checkpoint) -> str:
    """Why a collection that is due leaves a checkpoint's files; nothing at all is deleted."""
    found = collect_expired(registry, days=1, by=by(30))
    assert not found.deleted
    return {each.id: why for each, why in found.kept}[one.id]


def test_a_collection_leaves_folders_that_were_exchanged_with_productions(registry: Registry) -> None:
    serving = moved(registry, added(registry, "dpo"), State.SHADOW, State.CANARY, State.PRODUCTION)
    one, place = retired(registry, "ssd")
    assert serving.location is not None
    aside = registry.study / "aside"
    place.rename(aside), serving.location.rename(place), aside.rename(serving.location)
    assert "not those that were registered" in kept_because(registry, one)
    assert (place / "model.safetensors").read_text() == "weights of dpo", "production's weights, under another's name"
    assert any("was changed" in each for each in registry.find(serving.id).problems())


@pytest.mark.parametrize("target", ["production", "samples", "outside"])
def test_a_collection_follows_no_link(registry: Registry, tmp_path: Path, target: str) -> None:
    serving = moved(registry, added(registry, "dpo"), State.SHADOW, State.CANARY, State.PRODUCTION)
    one, place = retired(registry, "ssd")
    assert serving.location is not None
    samples = registry.study / "artifacts" / "base-heldout-samples"
    outside = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    goal = {"production": serving.location, "samples": samples, "outside": outside}[target]
    goal.mkdir(parents=True, exist_ok=True)
    (goal / "model.safetensors").write_text("weights of ssd")
    shutil.rmtree(place)
    place.symlink_to(goal)
    kept_because(registry, one)
    assert (goal / "model.safetensors").exists() and place.is_symlink()
    assert not registry.find(one.id).collected


def test_a_collection_on_a_tampered_ledger_deletes_nothing(registry: Registry) -> None:
    one, place = retired(registry, "ssd")
    serving = moved(registry, added(registry, "dpo"), State.SHADOW, State.CANARY, State.PRODUCTION)
    path = registry.study / "ledger.jsonl"
    path.write_text(path.read_text().replace('"production"', '"retired"'))
    with pytest.raises(StoreError, match="altered"):
        collect_expired(registry, days=1, by=by(30))
    assert place.exists() and serving.location is not None and serving.location.exists()
    assert one.id != serving.id


def test_a_collection_that_was_killed_is_finished_by_the_next(registry: Registry) -> None:
    one, place = retired(registry, "ssd")
    (place / "later.bin").write_text("x")
    assert "was added" in kept_because(registry, one)
    (place / "later.bin").unlink()
    registry.note_collected([one.id], by=by(30), why="a test")  # killed before it deleted a file
    assert [each.id for each in collect_expired(registry, days=1, by=by(31)).deleted] == [one.id]
    assert not place.exists()
    kinds = [each.kind for each in Ledger(registry.study / "ledger.jsonl").entries()]
    assert kinds.count("collection") == 1
    assert not collect_expired(registry, days=1, by=by(32)).deleted


def test_a_checkpoint_whose_files_were_made_once_more_can_be_promoted_again(registry: Registry) -> None:
    one, place = retired(registry, "ssd")
    collect_expired(registry, days=1, by=by(30))
    assert registry.find(one.id).collected and not place.exists()
    added(registry, "ssd", days=31)
    again = moved(registry, one, State.CANDIDATE, days=31)
    assert not again.collected and not list(again.problems())


def test_a_folder_that_is_linked_into_a_checkpoint_is_seen(registry: Registry, tmp_path: Path) -> None:
    one = added(registry, "ssd")
    assert one.location is not None
    hidden = tmp_path.parent / f"{tmp_path.name}-hidden"
    hidden.mkdir()
    (one.location / "code").symlink_to(hidden)
    assert any("is a link to a folder" in each for each in one.problems())
