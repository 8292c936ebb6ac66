"""The command line is a contract: its verbs, their JSON option, their exit codes."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import invoke
from passgap.cli.app import COMMANDS
from passgap.cli.lazy_commands import Command, Group

VERBS = [
    "canary",
    "check",
    "compare",
    "demo",
    "doctor",
    "estimate",
    "evaluate",
    "execute",
    "export",
    "frontier",
    "gate",
    "import-checkpoint",
    "init",
    "mcp",
    "pilot",
    "plan",
    "promote",
    "register",
    "report",
    "rollback",
    "run",
    "sample",
    "score",
    "serve",
    "tasks contamination",
    "tasks convert",
    "tasks show",
    "telemetry",
    "track-record",
    "train",
    "verdict",
    "view",
]

BROKEN = {
    "an empty file": ("", "is empty"),
    "missing sections": ("name: x\n", "model.licence: missing"),
    "fifty problems": ("{valid}\nheldout: {{tasks: starter, split: heldout, limit: 50}}\n", "heldout.limit: 50"),
    "no comparator": ("{valid}\ncomparator:\n", "comparator.method: missing"),
    "no k of 16": (
        "{valid}\ndiagnostics: {{samples: 16, k: [1, 4, 8], decoding: {{temperature: 1, max_new_tokens: 9}}}}\n",
        "diagnostics.k: 16 missing",
    ),
    "the same prompts": ("{valid}\npool: {{tasks: starter, split: heldout}}\n", "the problems to evaluate on"),
    "a mix of 0.8": (
        "{valid}\narms: {{ssd: {{training: {{mix_ratio: 0.8, mix_path: x}}}}}}\n",
        "arms.ssd.training.mix_ratio: 0.8",
    ),
    "a negative budget": (
        "{valid}\nbudget: {{device: cpu, hours: {{sampling: -1, training: 1, evaluation: 1}}, price_per_hour: 1, "
        "team_size: 1, days_to_first_signal: 1}}\n",
        "budget.hours.sampling: should be greater than or equal to 0; it is -1",
    ),
    "a sweep of nothing": (
        "{valid}\narms: {{decode-only: {{temperatures: []}}}}\n",
        "arms.decode-only.temperatures: at least one is needed",
    ),
    "an unknown field": ("{valid}\nbugdet: 1\n", "bugdet: there is no such section. Did you mean `budget`?"),
    "a syntax error": ("name: [\n", "not valid YAML"),
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "passgap", *arguments], capture_output=True, text=True, check=False)


def valid_without(name: str) -> str:
    """The template without one section, for a broken one to take its place."""
    from passgap.spec.template import study_template  # noqa: PLC0415

    lines, kept, skipping = study_template("x").splitlines(), [], False
    for line in lines:
        if line and not line.startswith((" ", "#")):
            skipping = line.startswith(f"{name}:")
        if not skipping:
            kept.append(line)
    return "\n".join(kept)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example_and_a_json_option(verb: str) -> None:
    shown = invoke(*verb.split(), "--help")
    assert shown.code == 0
    assert "--json" in shown.stdout
    assert "xample" in shown.stdout


def test_no_verb_is_left_out_of_this_contract() -> None:
    named = [
        f"{name} {inner}" if inner else name
        for name, each in COMMANDS.items()
        for inner in (each.commands if isinstance(each, Group) else [""])
    ]
    assert sorted(named) == VERBS


def _commands() -> list[Command]:
    return [
        inner for each in COMMANDS.values() for inner in (each.commands.values() if isinstance(each, Group) else [each])
    ]


@pytest.mark.parametrize("command", _commands(), ids=lambda each: each.verb)
def test_the_line_of_help_of_a_command_is_the_first_paragraph_of_its_own(command: Command) -> None:
    paragraph = (inspect.getdoc(command.load()) or "").split("\n\n")[0]
    assert command.summary == " ".join(paragraph.split())


def test_the_list_of_commands_says_the_whole_of_each_line() -> None:
    shown = " ".join(run("--help").stdout.split())
    for name, each in COMMANDS.items():
        assert f"{name} {each.summary}" in shown


UNUSED_BY_HELP = {"numpy", "scipy", "pyarrow", "matplotlib", "rich", "pydantic", "yaml", "jinja2", "httpx"}
UNUSED_BY_CHECK = {
    *("numpy", "scipy", "pyarrow", "pandas", "matplotlib", "jinja2", "httpx", "sacrebleu", "datasketch", "torch"),
    *("passgap.estimates", "passgap.execution", "passgap.engines", "passgap.study.study", "passgap.report"),
}


def loaded_by(*arguments: str) -> set[str]:
    """The modules that a command has loaded when it ends, the standard library's too."""
    code = (
        "import json, sys\nfrom passgap.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as ended:\n    assert not ended.code, ended.code\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return set(json.loads(ran.stdout.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("check", "--help"), ("tasks", "--help")])
def test_help_loads_nothing_that_help_does_not_need(arguments: tuple[str, ...]) -> None:
    loaded = loaded_by(*arguments)
    assert "passgap.cli.app" in loaded
    assert not loaded & (UNUSED_BY_HELP if arguments[0] == "--help" else UNUSED_BY_HELP - {"rich", "pydantic", "yaml"})


def test_a_check_loads_neither_estimators_nor_engines_nor_the_libraries_that_they_use(tmp_path: Path) -> None:
    assert invoke("init", str(tmp_path / "s")).code == 0
    loaded = loaded_by("check", str(tmp_path / "s"))
    assert "passgap.tasks.contamination" in loaded
    assert not loaded & UNUSED_BY_CHECK


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_study_is_one_readable_message_and_exit_code_2(case: str, tmp_path: Path) -> None:
    text, expected = BROKEN[case]
    if "{valid}" in text:
        section = text.split("\n")[1].split(":")[0]
        text = text.format(valid=valid_without(section))
    (tmp_path / "study.yaml").write_text(text)
    refused = invoke("check", str(tmp_path))
    assert refused.code == 2
    assert expected in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr + refused.stdout
    assert refused.stdout == ""


def test_init_writes_a_study_that_check_accepts_and_never_overwrites_one(tmp_path: Path) -> None:
    assert invoke("init", str(tmp_path / "s")).code == 0
    checked = run("check", str(tmp_path / "s"), "--json")
    assert checked.returncode == 0
    assert json.loads(checked.stdout)["heldout"] >= 210
    assert invoke("init", str(tmp_path / "s")).code == 2


def test_a_study_without_a_finished_round_has_nothing_to_gate(tmp_path: Path) -> None:
    assert invoke("init", str(tmp_path / "s")).code == 0
    refused = invoke("gate", str(tmp_path / "s"))
    assert refused.code == 2
    assert "no finished first round" in refused.stderr and "Traceback" not in refused.stderr


@pytest.mark.parametrize("verb", ["train", "register", "gate"])
def test_the_control_that_trains_nothing_is_refused_where_something_is_trained(verb: str, tmp_path: Path) -> None:
    assert invoke("init", str(tmp_path / "s")).code == 0
    refused = invoke(verb, str(tmp_path / "s"), "--arm", "decode-only")
    assert refused.code == 2
    said = " ".join(refused.stderr.split())
    assert ("no finished first round" if verb == "gate" else "the decode-only arm trains nothing") in said
    assert "--arm ssd" in said and "Traceback" not in said


def test_a_place_without_a_study_and_a_wrong_option_are_exit_code_2(tmp_path: Path) -> None:
    assert run("check", str(tmp_path)).returncode == 2
    assert invoke("check", "--nonsense").code == 2
    assert invoke("frobnicate").code == 2


def test_an_interrupt_says_that_what_was_finished_is_kept() -> None:
    code = (
        "from passgap.cli import check, main\n"
        "def interrupted(*_, **__): raise KeyboardInterrupt\n"
        "check.check_study = interrupted\n"
        "main(['check', 'x'])\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 130
    assert "Stopped. What was finished is kept" in ended.stderr


def test_estimates_of_aggregates_have_the_documented_shape(tmp_path: Path) -> None:
    rows = [{"task_id": f"t{n}", "difficulty": ("easy", "hard")[n % 2], "n": 16, "c": n % 5} for n in range(60)]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    shown = json.loads(invoke("estimate", str(tmp_path / "r.jsonl"), "--json").stdout)
    assert set(shown["overall"]) == {"pass@1", "pass@4", "pass@8", "pass@16", "gap@4", "gap@8", "gap@16"}
    assert {"value", "low", "high", "n", "m", "method"} <= set(shown["overall"]["pass@1"])
    assert set(shown["slices"]) == {"easy", "hard"}
    compared = json.loads(invoke("compare", str(tmp_path / "r.jsonl"), str(tmp_path / "r.jsonl"), "--json").stdout)
    assert compared["delta"]["overall"]["pass@1"]["value"] == 0.0


def test_the_bare_sandbox_reads_cases_and_writes_results(tmp_path: Path) -> None:
    cases = [
        {"id": "good", "program": "def f(x):\n    return x + 1", "test": "assert f(1) == 2"},
        {"id": "bad", "program": "def f(x):\n    return x", "test": "assert f(1) == 2"},
        {"id": "exit", "program": "import os\nos._exit(0)", "test": "assert f(1) == 2"},
    ]
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    lines = [json.loads(line) for line in run("execute", str(tmp_path / "cases.jsonl")).stdout.splitlines()]
    assert [(line["id"], line["passed"]) for line in lines] == [("good", True), ("bad", False), ("exit", False)]
    assert {"id", "passed", "outcome", "reason", "seconds"} == set(lines[0])
