"""Folders and a store agree on one flip, whoever changed it, and whatever could not be reached meanwhile."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passgap.errors import StoreError
from passgap.promotion.gateway.flip import Flip, read_flip, remove_flip, write_flip
from passgap.promotion.gateway.shared_state import FLIP, agree


class Store:
    """A store in memory. It keeps the contract of ``SharedState``: a change is made only after what was read."""

    def __init__(self) -> None:
        self.version, self.value, self.down = 0, None, False
        self.value: str | None

    @property
    def flip(self) -> Flip | None:
        return Flip.model_validate_json(self.value) if self.value is not None else None

    def read_value(self, name: str) -> tuple[int, str | None]:
        assert name == "flip"
        if self.down:
            raise StoreError("the store cannot be reached")
        return self.version, self.value

    def write_value(self, name: str, value: str | None, *, after: int, version: int) -> bool:
        assert name == "flip"
        if self.down:
            raise StoreError("the store cannot be reached")
        if after != self.version:
            return False
        self.version, self.value = version, value
        return True


def flip(minute: int) -> Flip:
    return Flip(who="a test", why=str(minute), time=dt.datetime(2026, 5, 1, 12, minute, tzinfo=dt.UTC))


def test_what_is_flipped_in_one_folder_is_flipped_in_all_and_so_is_its_end(tmp_path: Path) -> None:
    store, one, two = Store(), tmp_path / "one", tmp_path / "two"
    assert not agree(one, store, FLIP) and not agree(two, store, FLIP) and store.version == 0
    write_flip(one, flip(1))
    assert not agree(one, store, FLIP) and agree(two, store, FLIP)
    assert read_flip(two) == flip(1) == store.flip
    remove_flip(two)
    agree(two, store, FLIP)
    assert agree(one, store, FLIP) and read_flip(one) is None and store.flip is None


def test_a_flip_of_an_outage_is_made_up_for_and_prevails_over_an_end_elsewhere(tmp_path: Path) -> None:
    store, one, two = Store(), tmp_path / "one", tmp_path / "two"
    write_flip(one, flip(1))
    agree(one, store, FLIP)
    agree(two, store, FLIP)
    store.down = True
    remove_flip(one)
    write_flip(one, flip(2))
    with pytest.raises(StoreError):
        agree(one, store, FLIP)
    assert read_flip(one) == flip(2), "it holds in its folder at once"
    store.down = False
    remove_flip(two)
    agree(two, store, FLIP)
    agree(one, store, FLIP)
    agree(two, store, FLIP)
    assert read_flip(one) == read_flip(two) == flip(2)


def test_a_store_that_lost_its_state_ends_no_rollback(tmp_path: Path) -> None:
    store = Store()
    write_flip(tmp_path, flip(1))
    agree(tmp_path, store, FLIP)
    lost = Store()
    assert not agree(tmp_path, lost, FLIP)
    assert read_flip(tmp_path) == flip(1) == lost.flip and lost.version > store.version


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(("flip", "end", "agree", "agree", "down", "up"))), max_size=25
)


@settings(max_examples=60)
@given(steps=STEPS)
def test_in_the_end_all_agree_on_what_the_last_one_wanted_or_on_a_rollback(
    steps: list[tuple[int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    place, store = tmp_path_factory.mktemp("folders"), Store()
    folders = [place / str(number) for number in range(3)]
    for minute, (which, step) in enumerate(steps):
        folder = folders[which]
        if step == "flip" and read_flip(folder) is None:
            write_flip(folder, flip(minute))
        elif step == "end":
            remove_flip(folder)
        elif step == "agree" and not store.down:
            agree(folder, store, FLIP)
            assert read_flip(folder) == store.flip
        elif step in ("down", "up"):
            store.down = step == "down"
    store.down = False
    for folder in (*folders, *folders):
        agree(folder, store, FLIP)
    assert all(read_flip(folder) == store.flip for folder in folders)
    assert not any(agree(folder, store, FLIP) for folder in folders), "nothing is left to do"
