"""The program: every verb with its summary. A verb's module is imported when the verb is run, and not before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer
from typer.core import TyperGroup

from passgap._version import __version__
from passgap.cli.lazy_commands import SETTINGS, Command, Group, add_commands

COMMANDS: Mapping[str, Command | Group] = {
    "canary": Command(
        "canary",
        "Compare the candidate under traffic with production, advise promote, keep going or roll back, and roll back.",
    ),
    "check": Command("check", "Check a study and list everything that is missing or wrong in one message."),
    "demo": Command(
        "demo",
        "Run the whole workflow on the embedded model, on a CPU: measure, decide, train under registration, report.",
    ),
    "doctor": Command("doctor", "Test every protection of the sandbox on this machine and say which ones hold."),
    "estimate": Command("estimate", "Estimate pass@k and the gap with intervals over problems, overall and per slice."),
    "compare": Command("compare", "Compare two models problem by problem: paired deltas with intervals and p-values."),
    "execute": Command(
        "execute", "Run programs against their tests in the sandbox, and print one result per case, in their order."
    ),
    "export": Command(
        "export", "Write an arm for those who train it elsewhere, or an experiment for those who serve it elsewhere."
    ),
    "import-checkpoint": Command(
        "import_checkpoint", "Take a checkpoint that was trained elsewhere for a registered arm, with its device-hours."
    ),
    "frontier": Command(
        "frontier",
        "Measure base model and arms at several decodings, and say of each arm whether it is more than a cooler model.",
    ),
    "gate": Command(
        "gate", "Say whether a second round may follow a finished first one, and which conditions are met or missed."
    ),
    "init": Command(
        "init", "Write a commented `study.yaml`, valid as it stands for the embedded model and the starter set."
    ),
    "mcp": Command(
        "mcp", "Serve tools for assistants over the Model Context Protocol (MCP) on standard input and output."
    ),
    "pilot": Command(
        "pilot", "Search the recipe of an arm on development problems, and write the winner into the ledger."
    ),
    "plan": Command(
        "plan",
        "Say how many problems and samples settle the verdict at each assumed gap, with tokens, hours and cost.",
    ),
    "promote": Command(
        "promote",
        "Register a checkpoint that the evidence carries, move it from shadow to production, or list what is there.",
    ),
    "report": Command(
        "report", "Write `report.md`, `report.html` and `report.json` from what is on disk, without measuring anything."
    ),
    "run": Command(
        "run",
        "Measure, decide, and run the arm that the verdict calls for; write `report.md`, `report.html`, `report.json`.",
    ),
    "rollback": Command(
        "rollback",
        "Send every call to base within a second: no call is dropped, and those in flight end where they began.",
    ),
    "telemetry": Command(
        "telemetry", "Say which checkpoint served how many calls, how they ended and how long they took."
    ),
    "serve": Command(
        "serve",
        "Serve checkpoints behind one address: mirror calls to a candidate, give it a share of the users, log every "
        "call.",
    ),
    "score": Command("score", "Run samples against the tests of their problems in the sandbox."),
    "sample": Command("sample", "Draw the samples that an arm needs: `base` on held-out problems, `ssd` on the pool."),
    "register": Command(
        "register",
        "Write an arm's recipe, battery and evaluation into the ledger; no weights or prompts change without that.",
    ),
    "train": Command(
        "train", "Train an arm as registered. Refused without a registration, or if the study was edited after it."
    ),
    "evaluate": Command("evaluate", "Measure an arm's model on the held-out problems at production decoding."),
    "track-record": Command(
        "track_record", "Tell of each diagnostic how often what it foretold came true, over the ledgers of studies."
    ),
    "verdict": Command(
        "verdict",
        "Decide: GO-SSD, GO-VERIFIER-AWARE-SSD, GO-OTHER (named) or MEASURE-MORE, with the numbers that decide.",
    ),
    "view": Command("view", "Show a study's report and all its samples in a browser of this machine, until Ctrl-C."),
    "tasks": Group(
        "Task sets and contamination.",
        {
            "show": Command(
                "tasks_show",
                "Show a task set: its size by difficulty, or one of its problems. Without a name, list the sets that "
                "there are.",
            ),
            "contamination": Command(
                "tasks_contamination",
                "List every pool problem that is too close to a held-out problem, with the rule that matched.",
            ),
            "convert": Command(
                "tasks_convert",
                "Write a task set as passgap's own JSON lines, one problem a line, to look at, change or pass on.",
            ),
        },
    ),
}


def program(commands: Mapping[str, Command | Group] = COMMANDS) -> TyperGroup:
    """Build the program with its commands, none of which is imported yet."""
    app = typer.Typer(
        name="passgap",
        no_args_is_help=True,
        help="Is simple self-distillation the right next move for this code model, task family and budget? "
        "passgap measures, decides, and carries it out if it is.\n\n"
        "Begin with `passgap demo`, or with `passgap init` for a model of your own.",
        **{**SETTINGS, "add_completion": True},
    )
    app.callback()(_root)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return add_commands(group, commands)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    del version
