"""Folders and a store agree on one flip, whoever changed it, and whatever could not be reached meanwhile."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gateways
from gateways import stubs
from passgap.errors import StoreError, StudyError
from passgap.promotion.gateway.flip import Flip, read_flip, remove_flip, write_flip
from passgap.promotion.gateway.shared_state import FLIP, agree
from passgap.promotion.rollback import roll_back


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


def test_a_rollback_holds_here_before_a_store_that_says_nothing_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    flipped_when_asked: list[Flip | None] = []
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        stubs.stub_upstream("base-model") as base,
        stubs.stub_upstream("tuned-model") as tuned,
    ):

        def answer() -> None:
            connection, _ = silent.accept()
            flipped_when_asked.append(read_flip(tmp_path))
            connection.close()
            silent.close()

        listening = threading.Thread(target=answer)
        listening.start()
        monkeypatch.setenv("STORE_URL", f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/x?sslmode=disable")
        declared = {**gateways.settings(base, tuned), "candidate": None, "production": "tuned", "base": "base"}
        store = {"store": {"url_variable": "STORE_URL", "study": "s"}, "secret_variable": "SPLIT_SECRET"}
        with gateways.gateway(tmp_path, declared) as running:
            gateways.write_settings(tmp_path, {**declared, "telemetry": {**declared["telemetry"], **store}})
            with pytest.raises(StudyError, match="rolled back on this machine alone"):
                roll_back(tmp_path, who="a test", why="refusals")
            assert running.post().headers["x-passgap-checkpoint"] == "base-checkpoint"
        listening.join(600)
    [flip] = flipped_when_asked
    assert flip is not None and flip.why == "refusals"
