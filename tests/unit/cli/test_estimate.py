"""``passgap estimate`` and ``compare``: what cannot be estimated is said with its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.command_line import invoke


def aggregates(path: Path, sizes: list[int], unscored: int = 0) -> str:
    rows = [{"task_id": f"t{at}", "n": n, "c": n // 2, "unscored": unscored} for at, n in enumerate(sizes)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def overall(*arguments: str) -> dict[str, Any]:
    shown = json.loads(invoke(*arguments, "--json").stdout)
    found: dict[str, Any] = (shown.get("delta") or shown)["overall"]
    return found


def test_one_short_problem_makes_a_k_insufficient_and_not_vanish(tmp_path: Path) -> None:
    told = overall("estimate", aggregates(tmp_path / "r.jsonl", [20] * 40 + [1]))
    assert told["pass@1"]["value"] == pytest.approx(0.5, abs=0.02)
    for name in ("pass@4", "pass@8", "pass@16", "gap@16"):
        assert "1 of 41 problems hold fewer than" in told[name]["insufficient"]
    as_text = invoke("estimate", str(tmp_path / "r.jsonl")).stdout
    assert "insufficient" in as_text and "pass@16" in as_text


def test_a_k_that_no_problem_has_the_samples_for_is_not_asked_for(tmp_path: Path) -> None:
    assert set(overall("estimate", aggregates(tmp_path / "r.jsonl", [5] * 40))) == {"pass@1", "pass@4", "gap@4"}


def test_samples_that_were_drawn_and_not_scored_do_not_hide_a_k(tmp_path: Path) -> None:
    assert "insufficient" in overall("estimate", aggregates(tmp_path / "r.jsonl", [15] * 40, unscored=1))["pass@16"]


def test_a_comparison_says_which_side_is_short(tmp_path: Path) -> None:
    long, short = aggregates(tmp_path / "a.jsonl", [16] * 40), aggregates(tmp_path / "b.jsonl", [4] * 40)
    told = overall("compare", long, short)
    assert "value" in told["pass@4"]
    assert "fewer than 16" in told["pass@16"]["insufficient"]


def test_everything_that_cannot_be_read_is_named_at_once(tmp_path: Path) -> None:
    bad, none = tmp_path / "bad.jsonl", tmp_path / "none.jsonl"
    bad.write_text("not JSON\n")
    compared = invoke("compare", str(bad), str(none))
    assert compared.code == 2
    unwrapped = compared.stderr.replace("\n", "")
    assert "bad.jsonl" in unwrapped and "none.jsonl" in unwrapped
    scored = invoke("score", "--tasks", "nosuch", str(none), "--out", str(tmp_path / "out.jsonl"))
    assert scored.code == 2
    unwrapped = scored.stderr.replace("\n", "")
    assert "nosuch" in unwrapped and "none.jsonl" in unwrapped
    alone = invoke("compare", str(bad), aggregates(tmp_path / "a.jsonl", [4]))
    assert alone.code == 2 and "neither" not in alone.stderr
