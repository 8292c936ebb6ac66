"""Processor time of a tree of processes, added up over looks."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.execution.worker.processes import process_tree
from passgap.execution.worker.processes.process_tree import ProcessorTime, Seen, held_up, tree_of


@dataclass
class Model:
    """A tree of processes as the kernel keeps it, and the time that was really used."""

    alive: dict[int, list[int]] = field(default_factory=lambda: {1: [0, 0, 0]})
    """Parent, own and waited-for ticks by number."""
    zombies: set[int] = field(default_factory=set)
    used: int = 0
    next: int = 2

    def look(self) -> dict[int, Seen]:
        return {pid: Seen(parent, pid, own, waited, 0) for pid, (parent, own, waited) in self.alive.items()}

    def step(self, action: str, choice: int, ticks: int, reaped: bool) -> None:
        running = sorted(set(self.alive) - self.zombies)
        pid = running[choice % len(running)]
        if action == "run":
            self.alive[pid][1] += ticks
            self.used += ticks
        elif action == "fork":
            self.alive[self.next] = [pid, 0, 0]
            self.next += 1
        elif action == "exit" and pid != 1:
            for child in self.alive.values():
                if child[0] == pid:
                    child[0] = 1
            self.zombies.add(pid)
        elif action == "wait":
            for child in [one for one in self.zombies if self.alive[one][0] == pid]:
                _, own, waited = self.alive.pop(child)
                self.zombies.discard(child)
                if reaped:
                    self.alive[pid][2] += own + waited


STEPS = st.lists(
    st.tuples(st.sampled_from(["run", "fork", "exit", "wait", "look"]), st.integers(0, 9), st.integers(1, 50))
)


@given(STEPS)
def test_what_is_waited_for_is_counted_once(steps: list[tuple[str, int, int]]) -> None:
    model, time = Model(), ProcessorTime()
    for action, choice, ticks in steps:
        model.step(action, choice, ticks, reaped=True)
        if action in ("look", "exit"):  # an orphan that is waited for between two looks may count twice
            time.add(model.look())
    time.add(model.look())
    assert round(time.seconds * process_tree.TICKS) == model.used


@given(STEPS)
def test_it_never_shrinks_and_counts_no_more_than_was_used(steps: list[tuple[str, int, int]]) -> None:
    model, time, before = Model(), ProcessorTime(), 0.0
    for action, choice, ticks in steps:
        model.step(action, choice, ticks, reaped=False)
        if action == "look":
            time.add(model.look())
        assert before <= time.seconds <= model.used / process_tree.TICKS + 1e-9
        before = time.seconds


def test_a_number_that_is_given_out_again_is_another_process() -> None:
    time = ProcessorTime()
    time.add({1: Seen(0, 1, 10, 0, 0), 2: Seen(1, 2, 100, 0, 0)})
    time.add({1: Seen(0, 1, 10, 120, 0), 2: Seen(1, 3, 5, 0, 0)})
    assert round(time.seconds * process_tree.TICKS) == 10 + 120 + 5


def test_a_tree_holds_children_and_their_time() -> None:
    code = "import os, time\nif os.fork() == 0:\n    while time.process_time() < 0.2: pass\n    os._exit(0)\n"
    code += "print(1, flush=True)\nopen(0).read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while sum(seen.own for seen in tree_of(process.pid).values()) < 0.1 * process_tree.TICKS:
            assert process.poll() is None
        tree = tree_of(process.pid)
    assert [seen.parent for pid, seen in tree.items() if pid != process.pid] == [process.pid]
    assert tree[process.pid].parent == os.getpid()
    assert tree[process.pid].resident > 1 << 20


def test_what_only_sleeps_is_not_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import time; [time.sleep(0.001) for _ in range(50)]; print(flush=True); open(0).read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # by now it was woken often enough to have waited for a processor for some time
        monkeypatch.setattr(process_tree, "getloadavg", lambda: (1e6, 0.0, 0.0))
        assert not held_up(process.pid, 1e6)
        assert held_up(process.pid, 1e-9)
        assert held_up(process.pid, 1e6, own=2e5)
        monkeypatch.setattr(process_tree, "waited_for_processor", lambda pid: None)
        assert held_up(process.pid, 1e6)
        monkeypatch.setattr(process_tree, "getloadavg", lambda: (0.0, 0.0, 0.0))
        assert not held_up(process.pid, 1e6)
        assert not held_up(process.pid, 1e6, own=2e5)
