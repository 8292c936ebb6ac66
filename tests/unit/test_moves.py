"""One list of moves, with one name each; what verdicts have always written stays readable."""

from __future__ import annotations

import json

import pytest

from passgap.decisions import Verdict, decide_verdict
from passgap.decisions.alternatives import CANDIDATES, Choice
from passgap.decisions.evidence import Evidence
from passgap.estimates import counts_from_results, estimate_all
from passgap.moves import COMPARATORS, Move
from passgap.records import Outcome, OutcomeKind, Result


def test_every_move_is_named_and_captioned_once() -> None:
    assert all(each.value == each.value.lower() and each.caption for each in Move)
    assert len({each.caption for each in Move}) == len({each.label for each in Move}) == len(Move)
    assert Move.SSD not in COMPARATORS and Move.DO_NOTHING in COMPARATORS


@pytest.mark.parametrize(("written", "move"), [("SFT-external", Move.SFT_EXTERNAL), ("DPO", Move.DPO)])
def test_a_record_writes_labels_and_reads_names_too(written: str, move: Move) -> None:
    choice = Choice(other=move, why="a test")
    assert json.loads(choice.model_dump_json())["other"] == written
    assert Choice.model_validate_json(choice.model_dump_json()) == choice
    assert Choice.model_validate({"other": move.value, "why": "a test"}) == choice


def test_a_move_is_read_by_the_name_that_it_had_before() -> None:
    assert Move("verified-ssd") is Move.SSD_VERIFIED
    choice = Choice.model_validate({"other": "verified-ssd", "why": "a test"})
    assert choice.other is Move.SSD_VERIFIED
    assert json.loads(choice.model_dump_json())["other"] == "ssd-verified"
    with pytest.raises(ValueError, match="prayer"):
        Move("prayer")


def test_a_verdict_that_an_earlier_version_wrote_is_read_and_written_alike() -> None:
    passed = Outcome(kind=OutcomeKind.PASSED, seconds=0.1)
    results = [Result.of(f"held/{n}", index, passed, "easy") for n in range(400) for index in range(4)]
    verdict = decide_verdict(Evidence(table=estimate_all(counts_from_results(results), (1, 4))))
    text = verdict.model_dump_json()
    assert json.loads(text)["other"] in {move.label for rows in CANDIDATES.values() for move, _, _ in rows}
    assert Verdict.model_validate_json(text).model_dump_json() == text
