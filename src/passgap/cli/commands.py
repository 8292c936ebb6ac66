"""Every command with its one line of help: its module is imported when the command is run, and not before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Command:
    """A command: the function ``function`` of ``passgap.cli.<module>``, whose parameters are its options."""

    module: str
    function: str
    summary: str
    """The first paragraph of the function's docstring, kept here so that a list of commands imports none of them."""

    def load(self) -> Callable[..., Any]:
        """Import the module and return the function."""
        found: Callable[..., Any] = getattr(import_module(f"passgap.cli.{self.module}"), self.function)
        return found


@dataclass(frozen=True)
class Group:
    """Commands under a common name."""

    summary: str
    commands: Mapping[str, Command]


COMMANDS: Mapping[str, Command | Group] = {
    "check": Command("check", "check", "Check a study: valid, or all that is missing and wrong in one message."),
    "demo": Command(
        "demo",
        "demo",
        "Measure a real language model, decide, run SSD under registration, and report: on a CPU, with nothing to set "
        "up.",
    ),
    "doctor": Command("doctor", "doctor", "Try every protection of the sandbox on this machine and say which hold."),
    "estimate": Command(
        "estimate",
        "estimate",
        "Estimate pass@k and the gap with intervals over problems, overall and per slice.",
    ),
    "compare": Command(
        "estimate", "compare", "Compare two models problem by problem: paired deltas with intervals and p-values."
    ),
    "execute": Command(
        "execute",
        "execute",
        "Run programs against their tests in the sandbox, and print one result a line, in the order of the cases.",
    ),
    "gate": Command(
        "gate",
        "gate",
        "Say whether a second round may follow a finished first one: every condition by name, met or missed.",
    ),
    "init": Command(
        "init",
        "init",
        "Write a commented `study.yaml`, valid as it stands for the embedded model and the starter set.",
    ),
    "plan": Command(
        "plan",
        "plan",
        "Say how many problems and samples settle the verdict at each supposed gap, with tokens, hours and cost.",
    ),
    "report": Command(
        "report",
        "report",
        "Write `report.md`, `report.html` and `report.json` from what is on disk; measures nothing.",
    ),
    "run": Command(
        "run",
        "run",
        "Measure, decide, and run the arm that the verdict calls for; write `report.md`, `report.html`, `report.json`.",
    ),
    "score": Command("score", "score", "Run samples against their problems' tests in the sandbox."),
    "sample": Command(
        "steps",
        "sample",
        "Draw the samples that an arm needs: `base` on the held-out problems, `ssd` on the pool.",
    ),
    "register": Command(
        "steps",
        "register",
        "Write an arm's recipe, battery and evaluation into the ledger: without it nothing is trained.",
    ),
    "train": Command(
        "steps",
        "train",
        "Train an arm under its registration. Refused where there is none, or where the study was edited after it.",
    ),
    "evaluate": Command("steps", "evaluate", "Measure an arm's model on the held-out problems at production decoding."),
    "verdict": Command(
        "verdict",
        "verdict",
        "Decide: GO-SSD, GO-VERIFIER-AWARE-SSD, GO-OTHER (named) or MEASURE-MORE, with the numbers that decide.",
    ),
    "tasks": Group(
        "Task sets and contamination.",
        {
            "show": Command("tasks", "show", "Show a task set: its size by difficulty, or one of its problems."),
            "contamination": Command(
                "tasks",
                "contamination",
                "List every pool problem that is too close to a held-out problem, with the rule that says so.",
            ),
        },
    ),
}
