"""Reference solutions and tests of public benchmarks, from which the compared programs are made."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from passgap.records import PairCase, PairTests, Problem
from passgap.tasks import load_tasks

RUN = """
import copy, json, sys
for line in sys.stdin:
    row = json.loads(line)
    space = {}
    exec(row["program"], space)
    pairs = []
    for args in row["inputs"]:
        try:
            value = space[row["entry_point"]](*copy.deepcopy(args))
            text = json.dumps(value, allow_nan=False)
        except Exception:
            continue
        pairs.append({"args": args, "expected": json.loads(text)})
    print(json.dumps(pairs))
"""
"""Prints what references answer; run in a process of its own, since a reference may print or change settings."""


def humaneval() -> Iterator[Problem]:
    """All 164 problems with their ``check(candidate)``."""
    yield from load_tasks("humaneval").problems


def mbpp() -> Iterator[Problem]:
    """All 974 problems with their asserts; ``PASSGAP_MBPP`` names the file."""
    path = Path(os.environ["PASSGAP_MBPP"])
    for split in ("prompt", "test", "validation", "train"):
        yield from load_tasks("mbpp", split=split, path=path).problems


def starter() -> Iterator[Problem]:
    """Both splits of the embedded set."""
    for split in ("heldout", "pool"):
        yield from load_tasks("starter", split=split).problems


def humanevalplus() -> Iterator[Problem]:
    """HumanEval+ as pairs, expected what the reference answers; ``PASSGAP_HUMANEVALPLUS`` names the file."""
    with gzip.open(os.environ["PASSGAP_HUMANEVALPLUS"], "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    for row, pairs in zip(rows, answers(rows), strict=True):
        if pairs:
            cases = tuple(PairCase(args=tuple(pair["args"]), expected=pair["expected"]) for pair in pairs)
            yield Problem(
                id=f"{row['task_id']}+",
                prompt=row["prompt"],
                entry_point=row["entry_point"],
                tests=PairTests(cases=cases, abs_tol=max(row["atol"], 1e-6)),
                reference=row["prompt"] + row["canonical_solution"],
                source="humanevalplus",
            )


def answers(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The inputs and the reference's answers of each row, those left out that JSON cannot hold."""
    asked = [
        {
            "program": row["prompt"] + row["canonical_solution"],
            "entry_point": row["entry_point"],
            "inputs": row["base_input"] + row["plus_input"],
        }
        for row in rows
    ]
    text = "".join(json.dumps(each) + "\n" for each in asked)
    done = subprocess.run([sys.executable, "-c", RUN], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


SETS: dict[str, Callable[[], Iterator[Problem]]] = {
    "humaneval": humaneval,
    "humanevalplus": humanevalplus,
    "mbpp": mbpp,
    "starter": starter,
}
