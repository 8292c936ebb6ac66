"""What every step of a study has at hand: the declared spec, the folder, and the workbench."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from passgap.errors import StudyError
from passgap.ports import Executor, Sampler
from passgap.spec import Intake, StudySpec
from passgap.store import LedgerEntry, StudyFolder
from passgap.study.workbench import Workbench

DECLARATION = "declaration"
REGISTRATION = "pre-registration"
VERDICT = "verdict"


@dataclass(frozen=True, kw_only=True)
class StudyContext:
    """One study at work."""

    intake: Intake
    folder: StudyFolder
    bench: Workbench

    @property
    def spec(self) -> StudySpec:
        """What the person declared."""
        return self.intake.spec

    def base_model(self) -> Path:
        """The folder of the base model."""
        return self.bench.resolve_model(self.spec.model.id)

    @contextmanager
    def sampler(self, model: Path) -> Iterator[Sampler]:
        """Open a model for sampling and free it afterwards: two models need not fit into memory at once."""
        sampler = self.bench.open_sampler(model)
        try:
            yield sampler
        finally:
            sampler.close()

    @contextmanager
    def executor(self) -> Iterator[Executor]:
        """Open the sandbox and leave no process behind."""
        executor = self.bench.open_executor()
        try:
            yield executor
        finally:
            executor.close()

    def record(self, kind: str, payload: JsonValue) -> LedgerEntry:
        """Put an entry into the ledger."""
        return self.folder.ledger.append(kind, payload, who=self.bench.who, time=self.bench.clock.now())

    def declare(self) -> LedgerEntry:
        """Write the thresholds and the diagnostics into the ledger before anything is measured, once.

        Raises:
            StudyError: they differ from what was declared before: a threshold is not moved after looking.
        """
        declared: dict[str, JsonValue] = {
            "thresholds": self.spec.thresholds.model_dump(mode="json"),
            "diagnostics": self.spec.diagnostics.model_dump(mode="json"),
            "comparator": self.spec.comparator.model_dump(mode="json"),
            "failure_cost": self.spec.failure_cost.model_dump(mode="json"),
        }
        earlier = self.folder.ledger.of_kind(DECLARATION)
        if not earlier:
            return self.record(DECLARATION, declared)
        first = earlier[0]
        before = first.payload if isinstance(first.payload, dict) else {}
        changed = [
            f"{name}: declared {before.get(name)} on {first.time:%Y-%m-%d %H:%M} by {first.who}, now {declared[name]}"
            for name in declared
            if declared[name] != before.get(name)
        ]
        if changed:
            raise StudyError(
                "what decides was changed after it was declared",
                [*changed, "Put the declared values back, or begin a new study folder for the new ones."],
            )
        return first
