"""The prompt arm: an instruction that helps is found on the pool, resumed when killed, and measured like every arm."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from passgap import parse_study
from passgap.arms import Origin
from passgap.arms.prompt import ARM
from passgap.arms.prompt_search.section import PromptSection, ReflectorSection
from passgap.errors import EngineError, StudyError
from passgap.ports import ModelReference, Progress, SampleRequest
from passgap.records import Decoding, Sample
from passgap.report import render_markdown
from passgap.study import Study
from passgap.testing.scripted_study import ScriptedSampler, open_scripted_study, study_text

HELPS = "Think of every case."
CALLS = 40


class Instructed(ScriptedSampler):
    """The scripted model, which solves all when it is told to think, and says so itself at every other seed."""

    breaks_after: int | None = None
    """Samples after which the model fails, counted over all."""
    listens = True

    def __init__(self, model: Path, drawn: Counter[str], asked: list[SampleRequest]) -> None:
        super().__init__(model, drawn)
        self.asked = asked

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        for drawn, request in zip(super().sample(requests, decoding, progress=progress), _each(requests), strict=True):
            self.asked.append(request)
            if self.breaks_after is not None and len(self.asked) > self.breaks_after:
                raise EngineError("the model is gone")
            prefix, _, number = drawn.problem_id.partition("/")
            if drawn.problem_id == "reflection":
                written = HELPS if drawn.seed % 2 else "Be quick."
                yield drawn.model_copy(update={"completion": f"I propose:\n```\n{written}\n```\nGood luck!"})
            elif (
                self.listens
                and prefix in ("heldout", "pool")
                and HELPS in f"{request.prompt.system}{request.prompt.user}"
            ):
                yield drawn.model_copy(update={"completion": f"def {prefix}_{number}(x):\n    return x + {number}\n"})
            elif prefix == "pool":
                yield drawn.model_copy(update={"completion": "def f(x):\n    return None\n"})
            else:
                yield drawn


def _each(requests: Sequence[SampleRequest]) -> Iterator[SampleRequest]:
    for request in requests:
        for _ in request.indices:
            yield request


Open = Callable[..., tuple[Study, list[SampleRequest]]]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    def open_study(
        breaks_after: int | None = None, folder: Path = tmp_path, **section: Any
    ) -> tuple[Study, list[SampleRequest]]:
        asked: list[SampleRequest] = []
        declared = {"max_metric_calls": CALLS, "development": 6, **section}
        study = open_scripted_study(folder, {"prompt": declared}, Counter())

        def open_sampler(reference: ModelReference, recorded: object) -> ScriptedSampler:
            del recorded
            sampler = Instructed(reference.folder, Counter(), asked)  # type: ignore[union-attr]
            sampler.breaks_after = breaks_after
            return sampler

        study._context = replace(study._context, services=replace(study._context.services, open_sampler=open_sampler))
        return study, asked

    return open_study


def facts_of(report: Any) -> dict[str, str]:
    [found] = report.arms
    return {fact.label: fact.text for fact in found.facts}


def manifest_in(folder: Path) -> dict[str, Any]:
    [path] = (folder / "artifacts").glob("prompt-search-*/manifest.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_an_instruction_that_helps_is_found_confirmed_on_held_out_problems_and_read_again(
    opened: Open, tmp_path: Path
) -> None:
    study, asked = opened()
    report = study.run(["prompt"])
    facts = facts_of(report)
    assert facts["instruction"] == f"{HELPS!r}, in the system turn"
    assert (
        facts["search"].startswith("gepa: ")
        and "3 of 3 samples passed, 0 of 3 with the first instruction" in facts["search"]
    )
    assert facts["reflector"].startswith("the base model itself: ")
    [arm] = report.arms
    assert arm.comparison.tuned.overall["pass@1"].value == 1.0  # type: ignore[union-attr]
    heldout = [each for each in asked if each.problem_id.startswith("heldout/")]
    assert {each.prompt.system for each in heldout} == {None, HELPS}, "asked as the base model, and with it"

    # Every metric call is a sample and an execution of the pool, and there are no more than declared.
    manifest = manifest_in(tmp_path)
    calls = [each for each in asked if each.problem_id.startswith("pool/")]
    assert manifest["samples"] == len(calls) <= CALLS
    assert manifest["stage"] == "prompt-search" and manifest["unscored"] == 0
    [lines] = (tmp_path / "artifacts").glob("prompt-search-*/calls.jsonl")
    rows = [json.loads(line)["value"] for line in lines.read_text().splitlines()]
    assert Counter(row["kind"] for row in rows) == {"trial": len(calls), "reflection": manifest["reflections"]}
    [line] = [each for each in arm.costs if each.step == "prompt-search"]
    assert line.samples == len(calls) and line.seconds > 0.0
    assert "prompt search" in render_markdown(report)

    # No problem that is chosen on is shown to the reflector.
    questions = "".join(each.prompt.user for each in asked if each.problem_id == "reflection")
    tried = Counter(row["problem"] for row in rows if row["kind"] == "trial" and row["instruction"] == HELPS)
    words = {f"pool/{number}": f"{number} times over" for number in range(6)}
    shown = {problem for problem, said in words.items() if said in questions}
    assert 0 < len(shown) <= 3
    assert len(set(tried) - shown) == 3, "the others are chosen on"

    written = (tmp_path / "report.json").read_text()
    again, nothing = opened()
    again.report()
    assert (tmp_path / "report.json").read_text() == written and nothing == []


def found_in(folder: Path) -> dict[str, Any]:
    [path] = (folder / "artifacts").glob("prompt-search-*/found.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def searching(asked: list[SampleRequest]) -> list[SampleRequest]:
    return [each for each in asked if each.problem_id.startswith(("pool/", "reflection"))]


def test_a_killed_search_goes_on_where_it_stopped_and_finds_the_same(
    opened: Open, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    whole, asked = opened(folder=tmp_path_factory.mktemp("whole"))
    whole.register("prompt")
    whole.evaluate("prompt")
    killed, _ = opened(breaks_after=60)  # of which 48 are the base model's
    killed.register("prompt")
    with pytest.raises(EngineError, match="the model is gone"):
        killed.evaluate("prompt")
    [partial] = (tmp_path / "artifacts").glob("prompt-search-*/calls.jsonl.partial")
    kept = len(partial.read_text().splitlines()) - 1
    assert 0 < kept < len(searching(asked))
    resumed, drawn = opened()
    resumed.evaluate("prompt")
    assert len(searching(drawn)) == len(searching(asked)) - kept, "what was recorded is not drawn again"
    assert found_in(tmp_path) == found_in(whole.folder.path)
    assert len(list((tmp_path / "artifacts").glob("prompt-search-*/run-*.seconds.json"))) == 2, "killed runs count"


def test_the_best_of_several_proposals_can_stand_before_the_problem(opened: Open, tmp_path: Path) -> None:
    study, asked = opened(strategy="propose", proposals=3, place="user", instruction="Begin.")
    study.register("prompt")
    assert study.evaluate("prompt").overall["pass@1"].value == 1.0  # type: ignore[union-attr]
    found = found_in(tmp_path)
    assert found["instruction"] == HELPS
    assert found["tried"][0]["instruction"] == "Begin." and len(found["tried"]) == 3
    assert manifest_in(tmp_path)["samples"] == len([each for each in asked if each.problem_id.startswith("pool/")])
    prompts = [each.prompt for each in asked if each.problem_id.startswith("pool/")]
    assert all(each.system is None for each in prompts)
    assert prompts[0].user.startswith("Begin.\n\nAdd the pool")


def test_where_nothing_helps_the_base_model_is_asked_as_before(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Instructed, "listens", False)
    study, asked = opened(strategy="propose", proposals=2)
    study.register("prompt")
    study.evaluate("prompt")
    assert found_in(tmp_path)["instruction"] == ""
    assert {each.prompt.system for each in asked if each.problem_id.startswith("heldout/")} == {None}


def test_without_the_extra_it_says_what_to_install_and_nothing_is_drawn_for_it(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "passgap.arms.prompt_search.evolving", raising=False)
    monkeypatch.setitem(sys.modules, "gepa.api", None)
    study, asked = opened()
    study.register("prompt")
    with pytest.raises(StudyError, match="the search for a prompt needs a library that is not installed") as caught:
        study.evaluate("prompt")
    assert caught.value.problems == ("Install what brings it: `pip install 'passgap[prompt]'`.",)
    assert not [each for each in asked if each.problem_id.startswith("pool/")]


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"strategy": "pray"}, "arms.prompt.strategy"),
        ({"max_metric_calls": 10}, "arms.prompt.max_metric_calls: 10 are too few to try a single new instruction"),
        (
            {"reflector": {"model": "teacher"}},
            "arms.prompt.reflector.base_url: missing; a teacher has a name and a ser",
        ),
        ({"reflector": {"price_tokens": -1}}, "arms.prompt.reflector.price_tokens"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_its_place(section: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_study(study_text({"prompt": section}))
    assert any(said in problem for problem in caught.value.problems)


def test_a_teacher_and_settings_without_effect_are_flagged() -> None:
    teacher = {"model": "teacher", "base_url": "http://127.0.0.1:1/v1"}
    flags = parse_study(study_text({"prompt": {"reflector": teacher, "proposals": 2}})).flags
    taught, own = (PromptSection(reflector=each) for each in (ReflectorSection(**teacher), ReflectorSection()))
    assert (ARM.origin_of(taught), ARM.origin_of(own)) == (Origin.EXTERNAL, Origin.NONE)
    assert any("arms.prompt.reflector.model: teacher is a teacher from outside" in flag for flag in flags)
    assert any("arms.prompt.proposals: has no effect with `strategy: gepa`" in flag for flag in flags)
    alone = parse_study(study_text({"prompt": {"reflector": {"price_tokens": 1}}})).flags
    assert any("arms.prompt.reflector.price_tokens: has no effect" in flag for flag in alone)
    assert ARM.name == "prompt"
