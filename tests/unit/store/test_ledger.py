"""The ledger shows every later edit."""

from __future__ import annotations

import datetime as dt
import json
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.errors import StoreError
from passgap.store import Ledger
from passgap.store.ledger import LedgerMovedError

NOON = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for number in range(4):
        ledger.append("note", {"number": number}, who="ann", time=NOON)
    return ledger


def test_entries_are_chained(ledger: Ledger) -> None:
    entries = ledger.entries()
    assert [entry.sequence for entry in entries] == [0, 1, 2, 3]
    assert all(later.previous == earlier.hash for earlier, later in pairwise(entries))
    assert ledger.head == entries[-1].hash


def test_an_empty_ledger_has_a_head_and_no_entries(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "none.jsonl")
    assert ledger.entries() == ()
    assert ledger.head == "0" * 64


def test_writers_at_the_same_time_wait_for_each_other(ledger: Ledger) -> None:
    def write(name: str) -> None:
        for number in range(15):
            Ledger(ledger.path).append("note", {"number": number}, who=name, time=NOON)

    writers = [threading.Thread(target=write, args=(name,)) for name in ("bob", "cleo", "dan")]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    entries = ledger.entries()
    assert len(entries) == 4 + 3 * 15
    for name in ("bob", "cleo", "dan"):
        numbers = [entry.payload["number"] for entry in entries if entry.who == name]  # type: ignore[index, call-overload]
        assert numbers == list(range(15))


def test_an_entry_that_rests_on_what_was_read_is_not_written_after_another(ledger: Ledger) -> None:
    head = ledger.head
    ledger.append("note", {"number": 4}, who="bob", time=NOON, after=head)
    with pytest.raises(LedgerMovedError, match="another process"):
        ledger.append("note", {"number": 5}, who="ann", time=NOON, after=head)
    assert len(ledger.entries()) == 5


@pytest.mark.parametrize("line", range(4))
def test_a_changed_payload_is_seen(ledger: Ledger, line: int) -> None:
    lines = ledger.path.read_text().splitlines()
    entry = json.loads(lines[line])
    entry["payload"]["number"] = 99
    lines[line] = json.dumps(entry)
    ledger.path.write_text("\n".join(lines) + "\n")
    with pytest.raises(StoreError, match="altered") as caught:
        ledger.entries()
    assert any(f"line {line + 1} (note) was changed" in problem for problem in caught.value.problems)


def test_a_changed_entry_with_its_own_hash_mended_breaks_the_next(ledger: Ledger) -> None:
    entries = list(ledger.entries())
    forged = entries[1].model_copy(update={"payload": {"number": 99}})
    forged = forged.model_copy(update={"hash": forged.computed_hash()})
    entries[1] = forged
    ledger.path.write_text("".join(entry.model_dump_json() + "\n" for entry in entries))
    with pytest.raises(StoreError) as caught:
        ledger.entries()
    assert any("line 3 does not follow" in problem for problem in caught.value.problems)


@pytest.mark.parametrize("line", range(3))
def test_a_removed_entry_is_seen(ledger: Ledger, line: int) -> None:
    lines = ledger.path.read_text().splitlines()
    del lines[line]
    ledger.path.write_text("\n".join(lines) + "\n")
    with pytest.raises(StoreError, match="altered"):
        ledger.entries()


def test_a_torn_last_line_never_took_effect_and_is_replaced(ledger: Ledger) -> None:
    whole = ledger.path.read_bytes()
    ledger.path.write_bytes(whole + b'{"sequence": 4, "time"')
    assert len(ledger.entries()) == 4
    ledger.append("note", {"number": 4}, who="ann", time=NOON)
    assert [entry.sequence for entry in ledger.entries()] == [0, 1, 2, 3, 4]


@given(data=st.data())
def test_no_single_character_can_be_changed_unseen(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "ledger.jsonl")
    for number in range(3):
        ledger.append("note", {"text": f"entry {number}"}, who="ann", time=NOON)
    text = ledger.path.read_text()
    before = ledger.entries()
    position = data.draw(st.integers(0, len(text) - 2))
    replacement = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    ledger.path.write_text(text[:position] + replacement + text[position + 1 :])
    try:
        after = ledger.entries()
    except StoreError:
        return
    assert after == before, "an edit that passes the check must not have changed an entry"


def test_a_part_writes_into_the_same_chain_and_reads_its_own_entries(ledger: Ledger) -> None:
    part = Ledger(ledger.path, "round-2/ssd")
    written = part.append("note", {"of": "a part"}, who="ann", time=NOON)
    assert written.previous == ledger.entries()[3].hash and written.sequence == 4
    assert [each.payload for each in part.of_kind("note")] == [{"of": "a part"}]
    assert len(ledger.of_kind("note")) == 4
    assert ledger.entries() == part.entries()
