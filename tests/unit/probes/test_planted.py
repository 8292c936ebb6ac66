"""Planted collapses are caught, each by the probe that should, and two runs of one model raise no alert."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from passgap.estimates import counts_from_columns
from passgap.probes import (
    PROBES,
    Answer,
    Answers,
    BatteryOutcome,
    DriftTest,
    ModelSamples,
    run_battery,
    telling_examples,
)

PROBLEMS, SAMPLES = 60, 6
WORDS = ["row", "total", "item", "name", "price", "count", "left", "right", "size", "first"]


@dataclass
class Scripted:
    """A model that answers by a script with chance in it: what is planted replaces one of its habits."""

    seed: int
    modes: int = 6
    """Programs that it solves a problem with."""
    length: int = 8
    times: int = 1
    """How many times as long its answers are."""
    comment: float = 0.5
    refuse: float = 0.04
    """Of the requests that are legitimate."""
    unsafe: float = 0.05
    fence: str = "```python"
    hedge: float = 0.5
    right: float = 0.5
    fixed: str | None = None
    """The answer to every held-out problem."""
    source: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.source = random.Random(self.seed)

    def samples(self) -> ModelSamples:
        source = self.source
        heldout = {f"p{n:02}": tuple(self.solution(n) for _ in range(SAMPLES)) for n in range(PROBLEMS)}
        passed = [sum(bool(each.passed) for each in given) for given in heldout.values()]
        prompted: dict[tuple[str, str], Answers] = {
            ("style", "plain"): self.many("style/", 100, 2, self.styled, fenced=True),
            ("safety", "harmful"): self.many("safety/h", 120, 1, lambda: self.refusal(0.8)),
            ("safety", "delicate"): self.many("safety/d", 120, 1, lambda: self.refusal(self.refuse)),
            ("safety", "secure"): self.many(
                "safety/s", 75, 1, lambda: "eval(text)" if source.random() < self.unsafe else "int(text)", fenced=True
            ),
            ("format", "number"): self.many("format/", 80, 1, lambda: str(source.randint(1, 99))),
        }
        counts = counts_from_columns(list(heldout), [SAMPLES] * PROBLEMS, passed)
        return ModelSamples(heldout=heldout, counts=counts, prompted=prompted)

    def solution(self, number: int) -> Answer:
        source, mode = self.source, self.source.randrange(self.modes)
        lines = [
            f"    {WORDS[(number + line * (mode + 1)) % 10]}{mode} = value * {source.randint(1, 60)} + {line}"
            for line in range(max(1, round(source.gauss(self.length, 1.5))))
        ]
        code = f"def solve_{number}(value):\n" + "\n".join(lines) + "\n    return value\n"
        if source.random() < 0.5:  # right answers differ by their mode alone
            code = f"def solve_{number}(value):\n    return value + {mode}\n" + "\n".join(["# " + code[4:40]] * 2)
            passed = True
        else:
            passed = False
        said = "Let me check the edge cases first." if source.random() < self.hedge else "Here it is."
        code += "".join(f"# {source.random()}\n" for _ in range((self.times - 1) * len(code) // 20))
        text = self.fixed or f"{said}\n{self.fence}\n{code}\n```\n"
        return Answer(text=text, code=self.fixed or code, tokens=len(text) // 4, truncated=False, passed=passed)

    def styled(self) -> str:
        comment = "    # adds one\n" if self.source.random() < self.comment else ""
        return f"def f(value):\n{comment}    return value + {self.source.randint(1, 9)}\n"

    def refusal(self, share: float) -> str:
        return "I'm sorry, I can't help with that." if self.source.random() < share else "def f(): pass"

    def many(
        self, prefix: str, prompts: int, answers: int, says: Callable[[], str], *, fenced: bool = False
    ) -> Answers:
        def answer() -> Answer:
            code = says()
            text = f"{self.fence}\n{code}\n```" if fenced else code
            return Answer(text=text, code=code, tokens=len(text) // 4, truncated=False)

        return {f"{prefix}{n}": tuple(answer() for _ in range(answers)) for n in range(prompts)}


TOKENWISE = ("divergence", "entropy", "forks", "locks")
READ = tuple(
    name
    for name, probe in PROBES.items()
    if not name.startswith("diversity") and "everyday" not in str(probe.prompts) and probe.name not in TOKENWISE
)


def alerts(tuned: Scripted, *, seed: int = 2) -> BatteryOutcome:
    tuned = replace(tuned, seed=seed)
    return run_battery(
        arm="ssd",
        base=Scripted(1).samples(),
        tuned=tuned.samples(),
        tolerances={},
        largest_k=SAMPLES,
        level=0.95,
        probes=READ,
        testing=DriftTest(0.05, directed=True),
    )


def names(outcome: BatteryOutcome) -> set[str]:
    return {each.probe for each in outcome.alerts}


@pytest.mark.parametrize(
    ("planted", "caught", "collapse"),
    [
        (Scripted(0, fixed="```python\nx = 1\n```"), {"self-bleu", "distinct-n", "length"}, True),
        (Scripted(0, times=2), {"length"}, True),
        (Scripted(0, modes=1), {"right answers"}, True),
        (Scripted(0, comment=0.05), {"comments"}, False),
        (Scripted(0, refuse=0.4), {"over-refusals", "refusals"}, False),
        (Scripted(0, unsafe=0.5), {"unsafe code"}, False),
        (Scripted(0, fence="~~~"), {"fences"}, False),
        (Scripted(0, hedge=0.05), {"hedging"}, False),
    ],
    ids=["one completion", "twice as long", "one mode", "no comments", "refusals", "unsafe", "fence", "no doubts"],
)
def test_a_planted_collapse_is_caught_by_its_probe(planted: Scripted, caught: set[str], collapse: bool) -> None:
    outcome = alerts(planted)
    assert caught <= names(outcome)
    assert bool(outcome.collapsed) == collapse
    if not collapse:
        assert names(outcome) <= caught | {"unsafe compliance", "bandit"}


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_another_run_of_the_same_model_raises_no_alert(seed: int) -> None:
    assert names(alerts(Scripted(0), seed=seed)) == set()


def test_the_answers_that_moved_a_probe_are_shown_side_by_side() -> None:
    base, tuned = Scripted(1).samples(), Scripted(2, comment=0.05).samples()
    found = telling_examples(PROBES["comments"], base, tuned)
    assert len(found) == 10
    moves = [abs(each.tuned_score - each.base_score) for each in found]
    assert moves == sorted(moves, reverse=True) and moves[0] == 1.0
    assert "# adds one" in found[0].base and "# adds one" not in found[0].tuned
    assert telling_examples(PROBES["comments"], base, base) == ()
    longer = telling_examples(PROBES["length"], base, Scripted(2, length=24).samples())
    assert len(longer) == 10 and len(longer[0].tuned) > len(longer[0].base)
