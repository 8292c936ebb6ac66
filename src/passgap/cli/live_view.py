"""A study at work: a view in the terminal, and the log that can be followed.

The view shows what is being done, how fast and how long yet, what was spent, and the first estimates. It is drawn on
standard error where that is a terminal; the log is written either way.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from passgap.cli.first_estimates import FirstEstimates, Spent
from passgap.cli.output import stderr
from passgap.formatting import level_of, stated
from passgap.plain_text import escaped
from passgap.store.run_log import RunLog

if TYPE_CHECKING:
    from passgap import ports
    from passgap.study import Study

LOGGED_EVERY = 5.0
"""Seconds between two lines of the log on one task, and between two looks at what was spent."""
SHORTEST_BAR, LONGEST_BAR = 8, 24
"""Columns of a bar."""
TOLD_EVERY = 10
"""Problems between two lines of the log on the estimates."""


class LiveView:
    """Shows the progress of one task at a time, with what is known of the study; and keeps the log."""

    def __init__(self, *, shown: bool = True) -> None:
        """Begin without a study.

        Args:
            shown: whether the view is drawn where standard error is a terminal; the log is kept all the same.
        """
        self._shown = shown and stderr.is_terminal
        self._said = shown
        self._log: RunLog | None = None
        self._spent: Spent | None = None
        self._price, self._hours, self._currency = 0.0, 0.0, ""
        self._k, self._level, self._problems = 0, 0.95, 0
        self._known: dict[str, FirstEstimates] = {}
        self._estimates: FirstEstimates | None = None
        """Of the results that are being made."""
        self._task: _Task | None = None
        self._cost = (-LOGGED_EVERY, 0.0)
        self._lock = RLock()

    def about(self, study: Study, spent: Spent) -> None:
        """Say which study it is, and how its device-hours are counted."""
        spec = study.declared
        self._log = RunLog(study.folder.path)
        self._spent = spent
        budget = spec.budget
        self._price, self._currency = budget.price_per_hour, budget.currency
        self._hours = budget.hours.sampling + budget.hours.training + budget.hours.evaluation
        self._k, self._level = max(spec.diagnostics.k), spec.thresholds.level

    @contextmanager
    def task(self, title: str, total: int, *, done: int = 0, unit: str = "samples") -> Iterator[ports.Progress]:
        """Show one task for as long as the block runs."""
        task = _Task(title, total, done, unit)
        self._task = task
        self._write("begin", task=title, total=total, done=done, unit=unit)
        ended = False
        try:
            if self._shown:
                with Live(get_renderable=self._drawn, console=stderr, refresh_per_second=4):
                    yield self._advance
                    ended = True
                    task.done = task.total
            else:
                yield self._advance
                ended = True
        finally:
            facts = {"seconds": round(task.elapsed, 3), "done": task.total if ended else task.done}
            self._write("end" if ended else "stopped", task=title, total=total, unit=unit, **facts)
            self._task = self._estimates = None

    def note(self, text: str) -> None:
        """Print one line, also where standard error is a file: a log should say how far the command came."""
        self._write("note", text=text)
        if self._said:
            stderr.print(text, style="dim")

    def scored(self, name: str, passed: int, samples: int) -> None:
        """Add a problem to the first estimates of these results."""
        with self._lock:
            if name not in self._known:
                self._known[name] = FirstEstimates(name, self._k, self._level)
            self._estimates = self._known[name]
            self._estimates.observe(passed, samples)
            if self._estimates.problems % TOLD_EVERY == 0:
                measured = {key: each.model_dump(mode="json") for key, each in self._estimates.measured.items()}
                self._write("estimate", results=name, problems=self._estimates.problems, estimates=measured)

    def _advance(self, steps: int) -> None:
        with self._lock:
            task = self._task
            if task is None:
                return
            task.done += steps
            if time.monotonic() - task.logged >= LOGGED_EVERY:
                task.logged = time.monotonic()
                facts = {"done": task.done, "total": task.total, "unit": task.unit}
                hours = self._device_hours()
                self._write(
                    "progress",
                    task=task.title,
                    **facts,
                    per_second=round(task.rate, 3),
                    left_seconds=task.left,
                    device_hours=round(hours, 5),
                    money=round(hours * self._price, 5),
                )

    def _device_hours(self) -> float:
        """The hours spent, looked up now and then: they are in as many files as the study has artifacts.

        What is being done is metered when a part of it is kept; until then one device counts, as long as it runs.
        """
        looked, hours = self._cost
        if self._spent is not None and time.monotonic() - looked >= LOGGED_EVERY:
            hours = self._spent()
            self._cost = (time.monotonic(), hours)
        task = self._task
        if task is None:
            return hours
        if task.spent_before is None:
            task.spent_before = hours
        return max(hours, task.spent_before + task.elapsed / 3600.0)

    def _write(self, event: str, **facts: object) -> None:
        if self._log is None:
            return
        self._log.write(event, **facts)
        if self._log.fault is not None and self._said:
            stderr.print(f"the log {self._log.path} cannot be written: {self._log.fault}", style="yellow")
            self._log = None

    def _drawn(self) -> Group:
        with self._lock:
            task = self._task.drawn(stderr.width) if self._task else ()
            lines: list[Table | Text] = [*task, *self._facts()]
        return Group(*lines)

    def _facts(self) -> Iterator[Text]:
        if self._spent is not None:
            hours = self._device_hours()
            yield Text(
                f"  spent so far: {hours:.3g} of {self._hours:.3g} device-hours, {hours * self._price:.2f} of "
                f"{self._hours * self._price:.2f} {self._currency}",
                "dim",
            )
        if self._estimates is not None and self._estimates.problems:
            told = [f"{key} {stated(each)}" for key, each in self._estimates.measured.items()]
            line = f"  {escaped(self._estimates.name)} so far: {'   '.join(told)}"
            yield Text(line if cell_len(line) <= stderr.width else "\n    ".join([line.partition(":")[0] + ":", *told]))
            yield Text(
                f"  on {self._estimates.problems} problems; {level_of(self._level)} intervals that hold at every look",
                "dim",
            )


class _Task:
    """A task with its speed."""

    def __init__(self, title: str, total: int, done: int, unit: str) -> None:
        self.title, self.total, self.done, self.unit = title, total, done, unit
        self.spent_before: float | None = None
        """Device-hours that were spent when it began."""
        self._first = done
        self._began = self.logged = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    @property
    def rate(self) -> float:
        """Units per second, of this run."""
        return (self.done - self._first) / max(self.elapsed, 1e-9)

    @property
    def left(self) -> int | None:
        """Seconds that are left at this speed; None before a tenth is done.

        Samples of one batch end together: at the first of them, the speed says little.
        """
        made = self.done - self._first
        return (
            round((self.total - self.done) / self.rate) if made and made >= 0.1 * (self.total - self._first) else None
        )

    def drawn(self, width: int) -> Iterator[Table | Text]:
        """Yield a bar with the counts, the speed and the time left, in two lines where one would be too long."""
        title = f"{escaped(self.title)} "
        speed = f" {self.rate:.3g}/s" if self.done > self._first else ""
        left = f", {_clock(self.left)} left" if self.left is not None and self.done < self.total else ""
        counts = Text.assemble(
            f"{self.done:,}/{self.total:,} {self.unit}", (f"{speed} {_clock(self.elapsed)}{left}", "dim")
        )
        room = width - cell_len(title) - cell_len(counts.plain) - 2
        one_line = room >= SHORTEST_BAR
        line = Table.grid(padding=(0, 1))
        bar = ProgressBar(
            total=max(self.total, 1), completed=self.done, width=_bar(room if one_line else width - cell_len(title))
        )
        line.add_row(Text(title.rstrip()), bar, *([counts] if one_line else []))
        yield line
        if not one_line:
            yield Text("  ").append_text(counts)


def _bar(room: int) -> int:
    """Columns of a bar in this room."""
    return max(SHORTEST_BAR, min(LONGEST_BAR, room - 1))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
