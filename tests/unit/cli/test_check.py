"""``passgap check``: everything that can be known is said at once, of fields, rules, data and models."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.command_line import Said, invoke

from passgap.execution.toolchains import finding
from passgap.spec.template import study_template

Checked = Callable[..., Said]


@pytest.fixture
def check(tmp_path: Path) -> Checked:
    """Check the template with sections changed."""

    def run(**changes: dict[str, Any]) -> Said:
        declared = yaml.safe_load(study_template("x"))
        for name, change in changes.items():
            declared[name] = {**(declared.get(name) or {}), **change}
        (tmp_path / "study.yaml").write_text(yaml.safe_dump(declared))
        return invoke("check", str(tmp_path), "--json")

    return run


def problems_of(said: Said) -> str:
    assert said.code == 2
    document = json.loads(said.stdout)
    return "\n".join([document["refused"], *document["problems"]])


def flags_of(said: Said) -> str:
    assert said.code == 0
    return "\n".join(json.loads(said.stdout)["flags"])


def test_faults_of_fields_rules_data_and_model_come_in_one_message(check: Checked) -> None:
    told = problems_of(
        check(
            heldout={"tasks": "starterr", "limit": "x"},
            pool={"split": "nosplit"},
            diagnostics={"samples": 2},
            arms={"ssd": {"training": {"epochs": 0, "mix_ratio": 0.1, "mix_path": "nofile.jsonl"}}},
            model={"id": "/nonexistent/model", "cutoff": "2999-01"},
        )
    )
    for expected in (
        "heldout.limit: should be a whole number",
        "heldout: there is no task set 'starterr'",
        "pool: the task set starter has no split 'nosplit'",
        "diagnostics.samples: 2 samples a problem cannot give pass@16",
        "arms.ssd.training.epochs: should be",
        "training.mix_path: nofile.jsonl is not there",
        "model.id: /nonexistent/model is not there",
        "model.cutoff: 2999-01-31 is still to come",
    ):
        assert expected in told


def test_looks_beyond_the_set_are_told_with_a_fault_of_another_section(check: Checked) -> None:
    told = problems_of(check(thresholds={"looks": [200, 4000]}, budget={"team_size": 0}))
    assert "budget.team_size" in told and "the last look has 4000 problems" in told


def test_faults_of_data_and_model_of_a_study_with_sound_fields_come_together(check: Checked) -> None:
    told = problems_of(
        check(model={"id": "/nonexistent/model"}, pool={"tasks": "jsonl", "path": "p.jsonl", "split": None})
    )
    assert "model.id: /nonexistent/model is not there" in told
    assert "pool: p.jsonl is not there" in told


def test_a_missing_task_set_is_told_beside_a_missing_section(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text("name: x\nheldout: {tasks: nosuch}\npool: 3\n")
    told = problems_of(invoke("check", str(tmp_path), "--json"))
    assert "there is no task set 'nosuch'" in told and "model.id: missing" in told and "pool: should be" in told


@pytest.mark.parametrize("name", ["./none", "/none/at/all", "~/none-at-all", "none/", "a/b/c", "none"])
def test_a_path_without_a_model_is_refused(name: str, check: Checked) -> None:
    assert f"model.id: {name} is not there" in problems_of(check(model={"id": name}))


def test_a_hub_id_is_not_looked_up(check: Checked) -> None:
    assert check(model={"id": "nobody/no-such-model"}).code == 0


@pytest.mark.parametrize(
    ("files", "lacks"),
    [
        ([], "It lacks config.json and weights"),
        (["config.json", "tokenizer_config.json"], "It lacks weights"),
        (["model.safetensors"], "It lacks config.json."),
    ],
)
def test_a_folder_without_a_model_is_refused(files: list[str], lacks: str, check: Checked, tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).write_text("{}")
    told = problems_of(check(model={"id": str(tmp_path), "chat": False}))
    assert f"model.id: the folder {tmp_path} holds no model" in told and lacks in told


def test_a_served_models_tokenizer_is_looked_for_and_its_id_is_a_name(check: Checked) -> None:
    engine = {"name": "server", "base_url": "http://127.0.0.1:9/v1", "dialect": "vllm", "tokenizer": "/none"}
    told = problems_of(check(model={"id": "/served/name"}, engine=engine))
    assert "engine.tokenizer: /none is not there" in told and "model.id" not in told


def test_a_budget_that_the_estimate_does_not_fit_is_flagged_with_both_figures(check: Checked) -> None:
    told = flags_of(check(model={"parameters": "13.5B"}))
    assert "budget.hours.evaluation: 2 declared, and at least 66" in told
    told = flags_of(check(budget={"hours": {"sampling": 0, "training": 9, "evaluation": 9}}))
    assert "budget.hours.sampling: 0 declared" in told and "budget.hours.training" not in told
    assert "budget.hours" not in flags_of(check())


def test_a_cutoff_of_this_month_is_no_fault_and_the_next_month_is(check: Checked) -> None:
    today = dt.datetime.now(dt.UTC).date()
    assert "is still to come" not in check(model={"cutoff": f"{today:%Y-%m}"}).stdout
    later = (today.replace(day=1) + dt.timedelta(days=62)).replace(day=1)
    assert "is still to come" in problems_of(check(model={"cutoff": f"{later:%Y-%m}"}))


def test_a_repeated_problem_is_named_with_the_other_faults_of_its_file(check: Checked, tmp_path: Path) -> None:
    row = {"task_id": "b", "prompt": "p", "test": "assert f() == 1"}
    (tmp_path / "p.jsonl").write_text("\n".join([json.dumps(row), "{}", json.dumps(row), json.dumps(row)]))
    told = problems_of(check(pool={"tasks": str(tmp_path / "p.jsonl"), "split": None}))
    assert "line 2: missing: task_id, prompt, test" in told
    for line in (3, 4):
        assert f"line {line}: `b` occurs more than once, first on line 1" in told


def test_sets_of_round_two_must_be_known_and_their_files_may_be_to_come(check: Checked) -> None:
    later = {"tasks": "jsonl", "path": "later.jsonl"}
    assert check(round2={"pool": later, "heldout": later}).code == 0
    told = problems_of(check(round2={"pool": {"tasks": "nosuch"}, "heldout": {"tasks": "mbpp", "split": "tset"}}))
    assert (
        "round2.pool: there is no task set 'nosuch'" in told
        and "round2.heldout: the task set mbpp has no split 'tset'" in told
    )


def test_only_a_pool_may_hold_problems_without_tests(check: Checked, tmp_path: Path) -> None:
    rows = [
        {"id": name, "source": "own", "prompt": f"Write a function {name}, and no other.", "tests": {"style": "none"}}
        for name in ("plus", "minus")
    ]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    own = {"tasks": str(tmp_path / "p.jsonl"), "split": None}
    told = problems_of(check(heldout=own))
    assert "heldout: p holds 2 of 2 problems without tests: minus, ...: no sample of these can be scored" in told
    assert check(pool=own).code == 0


def test_studies_to_learn_from_must_have_a_ledger(check: Checked, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "ledger.jsonl").write_text('{"sequence": 0}\n')
    told = problems_of(check(diagnostics={"track_record": ["../nowhere"]}, budget={"team_size": 0}))
    assert "diagnostics.track_record: some of these are no studies" in told and "no ledger with an entry" in told
    told = problems_of(check(diagnostics={"track_record": ["../nowhere", str(tmp_path / "broken")]}))
    assert "ledgers have been altered" in told and "no ledger with an entry" in told


def test_a_missing_template_is_told_with_the_other_faults(check: Checked, tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text("{}")
    told = problems_of(check(model={"id": str(tmp_path)}, budget={"team_size": 0}))
    for expected in ("has no chat template", "holds no model", "budget.team_size"):
        assert expected in told


@pytest.mark.parametrize("other", [{}, {"budget": {"team_size": 0}}], ids=["alone", "with another fault"])
def test_problems_that_cannot_be_run_are_not_measured_on(
    check: Checked, tmp_path: Path, other: dict[str, dict[str, Any]]
) -> None:
    row = {"task_id": "b", "prompt": "p", "entry_point": "f", "test": "f() === 1", "language": "javascript"}
    (tmp_path / "p.jsonl").write_text(json.dumps(row) + "\n")
    own = {"tasks": str(tmp_path / "p.jsonl"), "split": None}
    told = problems_of(check(heldout=own, **other))
    assert "heldout: p holds problems whose programs cannot be run: 1 in JavaScript" in told
    assert ("budget.team_size" in told) is bool(other)
    assert "cannot be run" not in check(pool=own).stdout


def test_problems_of_other_languages_are_read_as_well_as_those_of_python(
    check: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_looked_for", lambda name: finding.MissingToolchain(f"{name}: `apt install it`"))
    head = "package main\n\nfunc twice(n int) int {\n"
    tests = {"style": "calls", "function": "twice", "head": head, "cases": [{"arguments": "1", "expected": "2"}]}
    row = {"prompt": head, "prompt_kind": "code", "language": "go", "source": "own", "tests": tests}
    rows = [
        {**row, "id": f"{number}", "entry_point": "twice", "reference": head + "\treturn 2 * n\n}\n"}
        for number in range(200)
    ]
    rows[0]["reference"] = head + "\treturn 2 * (n\n}\n"
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = flags_of(check(heldout={"tasks": str(tmp_path / "p.jsonl"), "split": None}))
    assert "heldout: 1 of 200 problems: the reference does not parse (0)" in told
    assert "heldout: 200 problems are in Go, which `task_family.languages` does not name" in told
    assert "no held-out problem is in Python" in told
    assert "heldout: go: `apt install it`" in told
    head_missing = [{**rows[1], "language": "rust", "tests": {**tests, "head": ""}}]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in head_missing))
    told = problems_of(check(heldout={"tasks": str(tmp_path / "p.jsonl"), "split": None}))
    assert "1: Rust needs the head of the function" in told
