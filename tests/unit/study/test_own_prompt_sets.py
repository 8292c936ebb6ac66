"""Prompt sets of a study's own: asked in the place of the battery's, declared, and refused with everything wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from passgap.errors import StudyError
from passgap.probes import PROBES, ProbeStatus, Prompts, ScoreProbe, share_of
from passgap.store import StudyFolder
from passgap.study.battery import prompt_sets_of
from passgap.study.battery_answers import ask_probes
from passgap.study.checking import check_study
from passgap.study.declaration import declare
from passgap.tasks.probe_sets.own import load_own_set

from .conftest import STUDY, OpenStudy

OWN = """\
greedy: true
tokens: {facts: 8}
prompts:
  - {id: sky, kind: facts, text: "What colour is the sky?", rule: one_of, answer: blue}
  - {id: river, kind: facts, text: "Which river flows through Cairo?", rule: has, answer: nile}
"""
DECLARED = "prompt_sets: {everyday: own.yaml}\nbattery: {style: 0.2}\n"


def test_it_stands_in_the_place_of_the_batterys_and_is_part_of_the_declaration(
    open_scripted: OpenStudy, folder: Path
) -> None:
    (folder / "own.yaml").write_text(OWN)
    report = open_scripted("decode_only: {temperatures: [0.4], samples: 2}\n" + DECLARED).run(["decode-only"])
    assert report.decode_only is not None
    found = {each.probe: each for each in report.decode_only.battery.outcomes}
    assert found["facts"].drift.n == 2
    for name in ("maths", "shell", "instructions", "formats"):
        assert found[name].status is ProbeStatus.INSUFFICIENT
        assert f"the prompt set `everyday` has no prompts of the kind '{name}'" in found[name].drift.insufficient  # type: ignore[union-attr]
    [entry] = StudyFolder(folder).ledger.of_kind("declaration")
    assert isinstance(entry.payload, dict)
    assert entry.payload["prompt_sets"]["everyday"]["prompts"][0]["id"] == "sky"  # type: ignore[index,call-overload]

    (folder / "own.yaml").unlink()
    again = open_scripted("decode_only: {temperatures: [0.4], samples: 2}\n" + DECLARED).report()
    assert again.decode_only == report.decode_only, "what was declared is in the ledger"

    (folder / "own.yaml").write_text(OWN.replace("Cairo", "Vienna"))
    with pytest.raises(StudyError) as changed:
        declare(open_scripted("decode_only: {temperatures: [0.4], samples: 2}\n" + DECLARED)._context)
    assert "prompt_sets.everyday: its prompts were declared, and are others now" in str(changed.value)


def test_an_empty_set_leaves_its_probes_insufficient(open_scripted: OpenStudy, folder: Path) -> None:
    (folder / "own.yaml").write_text("prompts: []\n")
    context = open_scripted("prompt_sets: {safety: own.yaml}\n")._context
    sets = {each.name: each for each in prompt_sets_of(context.battery)}
    assert sets["safety"].prompts == () and sets["style"].prompts
    answers = ask_probes(context, context.base_model(), "base")
    assert not any(key[0] == "safety" and asked for key, asked in answers.by_kind(context.battery).items())


def test_a_set_that_only_a_plugin_reads_is_empty_until_a_study_brings_it(
    open_scripted: OpenStudy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = ScoreProbe(
        name="jokes",
        quantity="jokes",
        rule=PROBES["comments"].rule,
        tolerance=PROBES["comments"].tolerance,
        prompts=Prompts("jokes"),
        score=share_of(lambda answer: "ha" in answer.text),
    )
    monkeypatch.setattr(PROBES, "_found", {**{name: PROBES[name] for name in PROBES}, "jokes": probe})
    sets = {each.name: each for each in prompt_sets_of(open_scripted()._context.battery)}
    assert sets["jokes"].prompts == ()
    (folder / "jokes.yaml").write_text("prompts: [{id: one, kind: any, text: Tell a joke.}]\n")
    own = open_scripted("prompt_sets: {jokes: jokes.yaml}\n")._context.battery
    assert {each.name: len(each.prompts) for each in prompt_sets_of(own)}["jokes"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"prompts: [", "no YAML"),
        (b"\xff\xfe", "no YAML in UTF-8"),
        (b"- 1\n", "a mapping with `prompts` is needed"),
        (b"prompts: [{id: a, kind: facts}]\n", "text"),
        (b"prompts: [{id: a, kind: f, text: x}, {id: a, kind: f, text: y}]\n", "`a` occurs more than once"),
        (b"prompts: [{id: a, kind: f, text: x, rule: wise, answer: y}]\n", "the rule `wise`"),
        (b"prompts: [{id: a, kind: f, text: x, rule: number, answer: many}]\n", "cannot work"),
        (b"samples: 0\nprompts: []\n", "too few"),
    ],
)
def test_everything_that_is_wrong_with_a_file_is_said(tmp_path: Path, text: bytes, said: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_bytes(text)
    with pytest.raises(StudyError) as refused:
        load_own_set("everyday", file)
    assert said in str(refused.value) and str(file) in str(refused.value)


def test_check_refuses_sets_that_nothing_reads_and_files_that_are_not_there(folder: Path) -> None:
    (folder / "study.yaml").write_text(STUDY + "prompt_sets: {safty: own.yaml, style: gone.yaml}\n")
    with pytest.raises(StudyError) as refused:
        check_study(folder)
    assert "Did you mean `safety`?" in str(refused.value)
    assert "gone.yaml: No such file" in str(refused.value)


def test_a_study_without_them_keeps_its_digest(open_scripted: OpenStudy) -> None:
    spec = open_scripted()._context.spec
    assert spec.digest == spec.model_copy(update={"prompt_sets": {}}).digest
    assert spec.digest != spec.model_copy(update={"prompt_sets": {"style": "a.yaml"}}).digest
