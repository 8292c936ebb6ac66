"""A second round goes through the gate, from the first round's model, on fresh problems; and in no other way.

The model is scripted (:mod:`passgap.testing.scripted_study`); tests/e2e/test_second_round.py trains a real one.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import EngineError, StudyError
from passgap.ports import DeclaredTraining
from passgap.records import Decoding
from passgap.report import plots
from passgap.report.second_round import Round2Report
from passgap.report.svg import Drawing
from passgap.store import Ledger, select
from passgap.store.index import index_of
from passgap.study import Study
from passgap.study.budget import BudgetError, spent_hours
from passgap.testing.scripted_study import DECLARED, WORDS, ScriptedSampler, open_scripted_study

NO_DRAWING = Drawing('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>')

FRESH: dict[str, Any] = {
    "round2": {"pool": {"tasks": "jsonl", "path": "more.jsonl"}, "heldout": {"tasks": "jsonl", "path": "fresh.jsonl"}},
    "thresholds": {"round2_rule": "paired"},
}
ARMS: dict[str, Any] = {"ssd": {}, "ssd-placebo": {"of": "rejection-sampling"}, "rejection-sampling": {}}


class Repeating(ScriptedSampler):
    """The scripted model, with a remark in its programs that makes repetition measurable."""

    def _completion(self, problem_id: str, index: int) -> str:
        text = super()._completion(problem_id, index)
        return text + ("# one two three four five one two three four five\n" if text.startswith("def") else "")


def problem(prefix: str, number: int, prompt: str) -> str:
    name = f"{prefix}_{number}"
    row = {"task_id": f"{prefix}/{number}", "prompt": prompt, "entry_point": name, "difficulty": "easy"}
    reference = f"def {name}(x):\n    return x + {number}\n"
    return json.dumps({**row, "test": f"assert {name}(1) == {number + 1}", "reference": reference}) + "\n"


def write_fresh(folder: Path, first: int = 100) -> None:
    """Write a pool and a held-out set whose problems are numbered from ``first``."""
    pool = (f"Put {n} {WORDS[n % 11]} crates beside x, and say what there is now." for n in range(first, first + 6))
    heldout = (f"{n} {WORDS[n % 11]}s arrive; how large is the whole, x?" for n in range(first + 50, first + 62))
    (folder / "more.jsonl").write_text("".join(problem("pool", first + n, each) for n, each in enumerate(pool)))
    (folder / "fresh.jsonl").write_text(
        "".join(problem("heldout", first + 50 + n, each) for n, each in enumerate(heldout))
    )


def opened(
    folder: Path, drawn: Counter[str] | None = None, further: dict[str, Any] | None = None, **options: Any
) -> Study:
    counter = Counter() if drawn is None else drawn
    return open_scripted_study(folder, ARMS, counter, further or FRESH, **{"script": Repeating, **options})


def undrawn(patch: pytest.MonkeyPatch) -> None:
    """Leave charts out of pages: to draw them takes longer than everything else."""
    patch.setattr(plots, "draw", lambda chart: NO_DRAWING)


@pytest.fixture(autouse=True)
def _undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    undrawn(monkeypatch)


@pytest.fixture(scope="module")
def _first_round(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first-round")
    with pytest.MonkeyPatch.context() as patch:
        undrawn(patch)
        opened(folder).run(["ssd", "rejection-sampling"])
    write_fresh(folder)
    return folder


@pytest.fixture
def first_round(_first_round: Path, tmp_path: Path) -> Path:
    """A study with finished first rounds of two arms, and fresh problems."""
    return Path(shutil.copytree(_first_round, tmp_path / "study"))


@pytest.fixture(scope="module")
def _second_round(_first_round: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Round2Report]:
    folder = Path(shutil.copytree(_first_round, tmp_path_factory.mktemp("second-round") / "study"))
    return folder, opened(folder).second_round()


@pytest.fixture
def second_round(_second_round: tuple[Path, Round2Report], tmp_path: Path) -> tuple[Path, Round2Report]:
    """The same study with a second round of ``ssd``, and what was reported of it, with charts."""
    folder, report = _second_round
    return Path(shutil.copytree(folder, tmp_path / "study")), report


def refused(run: Callable[[], object], *said: str) -> None:
    """It is refused with these words, and nothing is begun."""
    with pytest.raises(StudyError) as error:
        run()
    told = " ".join((error.value.summary, *error.value.problems))
    assert all(each in told for each in said), told


def test_it_trains_the_first_rounds_model_on_fresh_prompts_and_measures_all_models_on_fresh_problems(
    second_round: tuple[Path, Round2Report],
) -> None:
    folder, report = second_round
    index = index_of(folder / "round-2" / "ssd" / "artifacts")
    (first,) = select(index_of(folder / "artifacts"), "ssd-model")
    (model,), (pool,) = select(index, "ssd-model"), select(index, "base-pool-samples")
    assert first.manifest is not None
    digest = getattr(first.manifest, "checkpoint_digest", None) or first.manifest.model_dump()["checkpoint_digest"]
    assert model.value("base") == pool.value("engine.model_digest") == digest
    assert {(each.later, each.earlier) for each in report.comparisons} == {
        ("round 2", "round 1"),
        ("round 2", "base"),
        ("round 1", "base"),
    }
    changes = {(each.later, each.earlier): each.comparison.delta.overall["pass@1"] for each in report.comparisons}
    assert changes["round 2", "base"].value == pytest.approx(0.25)  # type: ignore[union-attr]
    assert changes["round 2", "round 1"].value == 0.0  # type: ignore[union-attr]
    assert all(each.battery.complete for each in report.comparisons)
    assert (report.pool, report.heldout) == (6, 12)
    assert (folder / report.checkpoint / "config.json").is_file()


def test_the_ledger_ties_it_to_the_gates_answer_and_to_a_registration_of_its_own(
    second_round: tuple[Path, Round2Report],
) -> None:
    folder, report = second_round
    entries = Ledger(folder / "ledger.jsonl").entries()
    gate, began = (next(each for each in entries if each.kind == kind) for kind in ("gate", "round-2"))
    assert isinstance(gate.payload, dict) and isinstance(began.payload, dict)
    assert gate.payload["open"] is True
    assert began.payload["gate"] == gate.hash == report.gate
    registered = [each for each in entries if each.kind == "round-2/ssd/pre-registration"]
    assert [each.hash for each in registered] == [report.registration]
    first_measured = next(each for each in entries if each.kind == "round-2/ssd/model")
    assert gate.sequence < began.sequence < first_measured.sequence


def test_again_it_measures_nothing_and_the_studys_report_and_budget_have_it(
    second_round: tuple[Path, Round2Report],
) -> None:
    folder, report = second_round
    drawn: Counter[str] = Counter()
    study = opened(folder, drawn)
    lines = (folder / "ledger.jsonl").read_text()
    assert study.second_round().comparisons == report.comparisons
    assert not drawn and (folder / "ledger.jsonl").read_text() == lines
    (shown,) = json.loads((folder / "report.json").read_text())["rounds"]
    assert shown == report.model_dump(mode="json")
    assert "Round 2 of minimal SSD" in (folder / "report.md").read_text()
    own = sum(each.hours for each in report.spending)
    whole = sum(spent_hours(study.folder).values())
    shutil.rmtree(folder / "round-2")
    assert whole - sum(spent_hours(study.folder).values()) == pytest.approx(own, rel=0.01)
    assert any("not finished" in each for each in study.report().not_produced)


def test_one_that_is_killed_ends_as_if_it_had_not_been(
    first_round: Path, _second_round: tuple[Path, Round2Report]
) -> None:
    drawn: Counter[str] = Counter()

    def dying(after: int) -> type[Repeating]:
        class Dying(Repeating):
            def sample(self, requests: Any, decoding: Decoding, **options: Any) -> Any:
                for each in super().sample(requests, decoding, **options):
                    if drawn.total() == after:
                        raise EngineError("killed")
                    yield each

        return Dying

    for after in (20, 120):
        with pytest.raises(EngineError, match="killed"):
            opened(first_round, drawn, script=dying(after)).second_round()
    report = opened(first_round, drawn).second_round()
    assert report.comparisons == _second_round[1].comparisons
    kinds = [each.kind for each in Ledger(first_round / "ledger.jsonl").entries()]
    assert kinds.count("round-2") == kinds.count("gate") == 1


def test_a_closed_gate_refuses_with_its_reasons(first_round: Path) -> None:
    drawn: Counter[str] = Counter()
    unnamed = {"thresholds": FRESH["thresholds"]}
    refused(lambda: opened(first_round, drawn, unnamed).second_round(), "the gate is closed", "fresh prompt pool: none")
    shutil.copy(first_round / "pool.jsonl", first_round / "more.jsonl")
    refused(lambda: opened(first_round, drawn).second_round(), "fresh prompt pool: 6 of 6 problems")
    assert not drawn and not (first_round / "round-2").exists()


def test_without_a_finished_first_round_there_is_none(first_round: Path) -> None:
    refused(lambda: opened(first_round).second_round("ssd-placebo"), "no finished first round of `ssd-placebo`")
    refused(lambda: opened(first_round).second_round("prompt"), "no finished first round of `prompt`")


def test_other_weights_in_the_place_of_round_1_close_the_gate(first_round: Path) -> None:
    (model,) = select(index_of(first_round / "artifacts"), "ssd-model")
    (model.folder / "checkpoint" / "model.safetensors").write_text("other weights")
    assert "samples from the round-1 model" in opened(first_round).gate().misses
    refused(lambda: opened(first_round).second_round(), "samples from the round-1 model: they come from")
    shutil.rmtree(model.folder / "checkpoint")
    assert opened(first_round).gate().open, "without the weights, the gate answers from the record"
    refused(lambda: opened(first_round).second_round(), "the weights of round 1 are not in")


def test_another_base_model_is_refused(first_round: Path) -> None:
    study = opened(first_round)
    (first_round / "scripted" / "config.json").write_text('{"other": 1}')
    refused(study.second_round, "the base model is another one")


def test_problems_that_one_arms_second_round_used_are_not_fresh_for_another(
    second_round: tuple[Path, Round2Report],
) -> None:
    folder, _ = second_round
    refused(
        lambda: opened(folder).second_round("rejection-sampling"),
        "fresh prompt pool: 6 of 6 problems",
        "fresh held-out slice: 12 of 12 problems",
    )
    shutil.rmtree(next((folder / "round-2" / "ssd" / "artifacts").glob("study-tasks-*")))
    refused(lambda: opened(folder).second_round("rejection-sampling"), "are not on disk as they were")
    write_fresh(folder, first=300)
    refused(lambda: opened(folder).second_round("rejection-sampling"), "are not on disk as they were")


def test_it_is_carried_out_once_on_the_problems_that_it_began_with(second_round: tuple[Path, Round2Report]) -> None:
    folder, _ = second_round
    write_fresh(folder, first=300)
    refused(opened(folder).second_round, "was begun with something else", "Changed since: gate, problems")


def test_one_that_does_not_fit_into_the_budget_is_not_begun(first_round: Path) -> None:
    budget = {"hours": {"sampling": 1, "training": 1, "evaluation": 0.002}, "device": "cpu", "price_per_hour": 1}
    further = {**FRESH, "budget": {**budget, "team_size": 1, "days_to_first_signal": 1}}
    with pytest.raises(BudgetError, match=r"does not fit"):
        opened(first_round, None, further).second_round()
    assert not (first_round / "round-2").exists()


@pytest.mark.parametrize("copied", [False, True], ids=["in its place", "copied"])
def test_a_study_of_a_checkpoint_is_no_way_around_the_gate(first_round: Path, tmp_path: Path, copied: bool) -> None:
    (model,) = select(index_of(first_round / "artifacts"), "ssd-model")
    checkpoint, drawn, folder = model.folder / "checkpoint", Counter[str](), tmp_path / "other"
    if copied:
        checkpoint = Path(shutil.copytree(checkpoint, tmp_path / "copy"))
    folder.mkdir()
    further = {"model": {**DECLARED["model"], "id": str(checkpoint)}}
    for step in (Study.run, Study.verdict, lambda study: study.register("ssd"), lambda study: study.sample("ssd")):
        refused(lambda step=step: step(opened(folder, drawn, further)), "goes through the gate", "--round 2")  # type: ignore[misc]
    assert not drawn and not (folder / "ledger.jsonl").exists()


def test_a_round_2_checkpoint_is_not_imported_as_a_first_round(
    second_round: tuple[Path, Round2Report], tmp_path: Path
) -> None:
    folder, report = second_round
    other = tmp_path / "other"
    other.mkdir()
    study = opened(other)
    given = DeclaredTraining(checkpoint=folder / report.checkpoint, hours=1.0)
    refused(lambda: study.import_checkpoint("ssd", given), "is no first round of this base model", "--round 2")
    (first,) = select(index_of(folder / "artifacts"), "ssd-model")
    given = DeclaredTraining(checkpoint=first.folder / "checkpoint", hours=1.0)
    refused(lambda: study.import_checkpoint("ssd", given), "not pre-registered")


def test_a_plan_prices_it_for_each_part_of_the_budget(first_round: Path) -> None:
    plan = opened(first_round).plan()
    steps = {each.name: each.price for each in plan.steps if each.name.startswith("round 2 of ssd")}
    assert list(steps) == ["round 2 of ssd: sampling", "round 2 of ssd: training", "round 2 of ssd: evaluation"]
    assert steps["round 2 of ssd: sampling"].samples == 6 * 4
    assert steps["round 2 of ssd: evaluation"].samples > 3 * 12 * 4
    (first_round / "fresh.jsonl").unlink()
    assert any("the second round is not priced" in each for each in opened(first_round).plan().flags)
