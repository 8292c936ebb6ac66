"""A study whose model is scripted, in the real sandbox: what is chosen can be foreseen, and every draw is seen."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from passgap import parse_study
from passgap.errors import EngineError
from passgap.ports import EngineIdentity, Executor, FolderModel, ModelReference, Progress, SampleRequest
from passgap.records import Decoding, FinishReason, Sample
from passgap.stages import Silent
from passgap.store import StudyFolder
from passgap.study import Services, Study
from passgap.testing.scripted_study import shared_sandbox
from short_battery import few_prompts

__all__ = ["few_prompts"]

PROBLEMS = 12

STUDY = """\
name: a scripted study
seed: 7
rehearsal: true
model:
  id: scripted
  name: scripted
  parameters: 1M
  licence: MIT
  context_tokens: 1024
  benchmark: {name: none, pass@1: unknown, pass@10: unknown}
task_family: {languages: [python], kinds: [algorithmic], surface: tests}
heldout: {tasks: jsonl, path: heldout.jsonl}
pool: {tasks: jsonl, path: pool.jsonl}
diagnostics:
  samples: 4
  k: [1, 2, 4]
  decoding: {temperature: 0.8, max_new_tokens: 64}
budget:
  device: cpu
  hours: {sampling: 1, training: 1, evaluation: 1}
  price_per_hour: 1
  team_size: 1
  days_to_first_signal: 1
comparator: {method: decode-only, why: a test}
failure_cost: {checkpoints: all, blocker: any, rollback: one flip}
battery_looks: [1]
"""

SWEEP = "decode_only: {temperatures: [0, 0.4], samples: 2}\n"


class ScriptedModel:
    """Solves nearly all when greedy, half of its tries on half of the problems at 0.4, hardly any at 0.8."""

    concurrency = 1
    devices = 1
    identity = EngineIdentity(engine="scripted", model="m", model_digest="d", dtype="none", device="none")

    def __init__(self) -> None:
        self.drawn: Counter[tuple[str, str]] = Counter()
        """Samples by what they are of (``held`` or a probe set's name) and the decoding's label."""
        self.breaks_after: int | None = None

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        del progress
        for request in requests:
            for index, seed in zip(request.indices, request.seeds, strict=True):
                if self.breaks_after is not None and self.drawn.total() >= self.breaks_after:
                    raise EngineError("the engine died")
                self.drawn[request.problem_id.split("/")[0], decoding.label] += 1
                yield Sample(
                    problem_id=request.problem_id,
                    index=index,
                    completion=self._answer(request.problem_id, decoding.temperature, index),
                    finish_reason=FinishReason.STOP,
                    seed=seed,
                    prompt_tokens=9,
                    completion_tokens=12,
                )

    def close(self) -> None:
        pass

    def _answer(self, problem_id: str, temperature: float, index: int) -> str:
        kind, _, name = problem_id.partition("/")
        if kind != "held":
            return f"I would rather not say more than {name} {index}."
        number = int(name)
        solved = {0.0: number % 4 > 0, 0.4: number % 2 > 0 and index == 0, 0.8: number == 5 and index == 0}
        return f"def held_{number}(x):\n    return {f'x + {number}' if solved[temperature] else f'-{index + 1}'}\n"


class FixedClock:
    """A clock that moves a little each time it is read."""

    seconds = 0.0

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 4, 1, tzinfo=dt.UTC)

    def monotonic(self) -> float:
        self.seconds += 1 / 64
        return self.seconds


def _never(*_: object) -> Executor:
    raise AssertionError("nothing is trained or run here")


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def study_text() -> str:
    """The study's declaration."""
    return STUDY


OpenStudy = Callable[..., Study]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The study's folder with its problems."""
    words = ["apple", "bridge", "candle", "desert", "engine", "forest", "garden", "harbour", "island", "jacket", "kite"]

    def rows(prefix: str, count: int) -> str:
        return "".join(
            json.dumps(
                {
                    "task_id": f"{prefix}/{number}",
                    "prompt": f"Add the {prefix} {words[number % 11]} number to x, {number} times over.",
                    "entry_point": f"{prefix}_{number}",
                    "test": f"assert {prefix}_{number}(1) == {number + 1}",
                    "reference": f"def {prefix}_{number}(x):\n    return x + {number}\n",
                    "difficulty": "easy" if number % 2 else "hard",
                }
            )
            + "\n"
            for number in range(count)
        )

    (tmp_path / "heldout.jsonl").write_text(rows("held", PROBLEMS))
    (tmp_path / "pool.jsonl").write_text(rows("pool", 3))
    return tmp_path


@pytest.fixture
def open_scripted(folder: Path, model: ScriptedModel) -> OpenStudy:
    """Open the study with further sections, on the scripted model."""

    def opened(
        further: str = SWEEP,
        open_executor: Callable[[], Executor] = shared_sandbox,
        text: str = STUDY,
        parameters: int | None = None,
        over_budget: bool = False,
    ) -> Study:
        services = Services(
            clock=FixedClock(),
            progress=Silent(),
            who="a test",
            resolve_model=lambda name: FolderModel(folder=folder / name),
            model_digest=lambda path: path.name,
            open_sampler=lambda reference, written: _same(model, reference, written),
            open_executor=open_executor,
            open_trainer=_never,  # type: ignore[arg-type]
            parameters=lambda _: parameters,
        )
        return Study(parse_study(text + further), StudyFolder(folder), services, over_budget=over_budget)

    return opened


def _same(model: ScriptedModel, reference: ModelReference, recorded: Sequence[EngineIdentity]) -> ScriptedModel:
    del reference, recorded
    return model
