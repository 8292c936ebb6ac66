"""External data are read, cleaned, registered by what they say, trained on in a declared form, and named as such."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passgap.arms.external_data.choice import reference_example
from passgap.arms.sft_external import ARM
from passgap.errors import StudyError
from passgap.records import PromptKind, TrainExample, Turn
from passgap.report import render_markdown
from passgap.study import Study
from passgap.study.lab import StudyLab
from passgap.study.run import splits_of
from passgap.tasks import PromptStyle, kind_of
from passgap.testing.scripted_study import POOL, open_scripted_study

TALK = [
    {"role": "system", "content": "Be short."},
    {"role": "user", "content": "Name a bird."},
    {"role": "assistant", "content": "A wren."},
    {"role": "user", "content": "And another one?"},
    {"role": "assistant", "content": "A lark."},
]
ROWS: list[dict[str, Any]] = [
    {"messages": TALK},
    *({"instruction": "Say a number.", "output": f"It is {number}."} for number in range(3)),
    *({"instruction": f"Say {number}.", "output": f"{number}."} for number in range(4)),
    {"instruction": "Add the heldout apple number to x, 0 times over.", "output": "x"},
]

OpenWith = Callable[..., Study]


@pytest.fixture
def open_with(tmp_path: Path) -> OpenWith:
    """Open the scripted study with these settings of the arm, beside the data."""

    def opened(**settings: Any) -> Study:
        (tmp_path / "curated.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
        return open_scripted_study(tmp_path, {ARM.name: settings}, Counter())

    return opened


def chosen(study: Study) -> Any:
    context = study._context
    return ARM.choice(ARM.section_of(context.spec), StudyLab(context, splits_of(context)))


def test_the_pools_references_are_answers_in_the_models_own_shape(open_with: OpenWith) -> None:
    study = open_with()
    choice = chosen(study)
    splits = splits_of(study._context)
    prompts = dict(splits.prompts(splits.pool.problems, chat=True))
    assert {each.prompt for each in choice.examples} == set(prompts.values())
    assert all(
        each.completion.endswith("\n```") and not each.answer_ends and each.prompt.prefix == "```python\n"
        for each in choice.examples
    ), "prefilled with a fence, and ended by one: no other format is learned"
    assert (choice.given, choice.removed, choice.inexpressible, choice.beyond_cap) == (POOL, 0, 0, 0)
    problem = splits.pool.problems[0]
    whole = reference_example(problem, kind_of(problem).prompt(problem, PromptStyle.CHAT))
    assert whole is not None and whole.answer_ends and whole.completion.startswith("```python\ndef ")
    other = problem.model_copy(update={"prompt_kind": PromptKind.CODE, "prompt": "def another(y):\n"})
    assert reference_example(other, kind_of(other).prompt(other, PromptStyle.COMPLETION)) is None


def test_curated_examples_keep_their_turns_and_end_as_the_models_answers_do(open_with: OpenWith) -> None:
    by_prompt = {each.prompt.user: each for each in chosen(open_with(data="curated.jsonl")).examples}
    talk: TrainExample = by_prompt["And another one?"]
    assert talk.prompt.system == "Be short." and talk.completion == "A lark."
    assert talk.earlier == (Turn(role="user", content="Name a bird."), Turn(role="assistant", content="A wren."))
    assert talk.learns_earlier and all(each.answer_ends for each in by_prompt.values())
    assert not by_prompt["Say 1."].learns_earlier
    last = chosen(open_with(data="curated.jsonl", learn="last"))
    assert not any(each.learns_earlier for each in last.examples)


def test_the_held_out_set_the_cap_and_the_limit_take_their_share_and_are_counted(open_with: OpenWith) -> None:
    whole = chosen(open_with(data="curated.jsonl"))
    assert (whole.given, whole.removed, len(whole.examples)) == (9, 1, 8)
    assert not any("heldout" in each.prompt.user for each in whole.examples)
    capped = chosen(open_with(data="curated.jsonl", per_problem=1))
    assert (capped.beyond_cap, len(capped.examples)) == (2, 6)
    limited = chosen(open_with(data="curated.jsonl", per_problem=1, limit=4))
    assert limited.examples == capped.examples[:4] and limited.beyond_limit == 2
    assert len({each.digest for each in (whole, capped, limited)}) == 3


def test_it_is_trained_registered_and_reported_as_external_knowledge(open_with: OpenWith, tmp_path: Path) -> None:
    settings = {"data": "curated.jsonl", "licence": "MIT", "source": "a test", "training": {"batch_size": 4}}
    study = open_with(**settings)
    checked = study.check()
    assert checked.external == {ARM.name: 8} and checked.external_removed == {ARM.name: 1}
    report = study.run([ARM.name])
    [entry] = study.folder.ledger.of_kind("pre-registration")
    registered = entry.payload["spec"]["settings"]  # type: ignore[index, call-overload]
    assert registered["examples"] == 8 and registered["removed"] == 1 and registered["licence"] == "MIT"
    [arm] = report.arms
    facts = {fact.label: fact.text for fact in arm.facts}
    assert facts["knowledge"].startswith("external") and "self-distillation" not in arm.caption
    assert facts["data"] == "9 examples: curated.jsonl"
    assert facts["read from"] == "`instruction` -> `output` (8 rows), `messages` (1 rows)"
    assert facts["licence"] == "MIT" and facts["source"] == "a test"
    assert facts["left out"].startswith("1 too close to a held-out problem")
    assert any(line.item == "example 9 of curated.jsonl" for line in report.contamination)
    assert "against 9 examples of sft-external (curated.jsonl): 1 removed" in report.contamination_checked
    assert "imports knowledge" in render_markdown(report)

    (tmp_path / "curated.jsonl").unlink()
    again = open_scripted_study(tmp_path, {ARM.name: settings}, Counter())
    assert again.report() == report, "what was measured is read without the file"
    (tmp_path / "curated.jsonl").write_text(json.dumps(ROWS[1]) + "\n")
    with pytest.raises(StudyError, match="registered otherwise") as caught:
        open_scripted_study(tmp_path, {ARM.name: settings}, Counter()).train(ARM.name)
    assert any(problem.startswith("settings") for problem in caught.value.problems)


def test_an_arm_that_is_declared_later_changes_no_other_arms_registration(tmp_path: Path) -> None:
    (tmp_path / "curated.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    before = open_scripted_study(tmp_path, {"ssd": {}}, Counter())
    before.register("ssd")
    later = open_scripted_study(tmp_path, {"ssd": {}, ARM.name: {"data": "curated.jsonl"}}, Counter())
    assert later.train("ssd").arm == "ssd"


def test_data_of_which_nothing_is_left_are_refused_with_everything_else(tmp_path: Path) -> None:
    (tmp_path / "held.jsonl").write_text(json.dumps(ROWS[-1]) + "\n")
    (tmp_path / "bad.jsonl").write_text('{"text": "x"}\n{"prompt": "p"}\nnot JSON\n')
    study = open_scripted_study(tmp_path, {ARM.name: {"data": "held.jsonl"}}, Counter())
    with pytest.raises(StudyError, match="lack what its arms need") as caught:
        study.check()
    assert "all 1 examples of held.jsonl are too close to a held-out problem" in caught.value.problems[0]

    study = open_scripted_study(tmp_path, {ARM.name: {"data": "bad.jsonl"}}, Counter())
    (tmp_path / "pool.jsonl").write_text("{}\n")
    with pytest.raises(StudyError, match="2 things are wrong") as caught:
        study.check()
    assert all(f"line {number}" in caught.value.problems[1] for number in (1, 2, 3))
    assert "bad.jsonl does not hold data to train on" in caught.value.problems[1]

    study = open_scripted_study(tmp_path, {ARM.name: {}}, Counter())
    rows = [json.loads(line) for line in (tmp_path / "pool.jsonl").read_text().splitlines()]
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps({**row, "reference": None}) + "\n" for row in rows))
    with pytest.raises(StudyError) as caught:
        study.check()
    assert "carry no reference solutions" in caught.value.problems[0]


def test_settings_without_sense_are_flagged(tmp_path: Path) -> None:
    settings = {"data": "curated.jsonl", "training": {"lora_rank": 8, "lora_alpha": 4}}
    flags = open_scripted_study(tmp_path, {ARM.name: settings}, Counter())._context.intake.flags
    assert any("no licence is declared" in flag for flag in flags)
    assert any("lora_rank: 8 has no effect" in flag for flag in flags)
    assert any("lora_alpha: 4 has no effect" in flag for flag in flags)


def test_work_counts_the_examples_that_there_are(open_with: OpenWith) -> None:
    study = open_with(data="curated.jsonl", limit=5)
    context = study._context
    lab = StudyLab(context, splits_of(context))
    section = ARM.section_of(context.spec)
    assert [work.seen for work in ARM.work_in(section, lab)] == [5]
    assert [work.seen for work in ARM.work(section, context.spec, 3, 4)] == [4]
