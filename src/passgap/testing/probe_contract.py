"""The contract of a probe (:class:`passgap.probes.Probe`)."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from functools import cache

import pytest

from passgap.errors import StudyError
from passgap.estimates import Counts, counts_from_columns
from passgap.probes import EDITION, Answer, Answers, ModelSamples, Probe, ProbeOutcome, ProbeStatus, Rule, Settings
from passgap.records import Divergence, Estimate, Insufficient
from passgap.records.likelihoods import TokenProfile
from passgap.spec import ToleranceUnit
from passgap.tasks.probe_sets import load_probe_set

PROBLEMS = 60
SAMPLES = 8
PASSED = 2
SETTINGS = Settings(tolerance=0.05, level=0.9, largest_k=8)


class ProbeContract:
    """Holds a probe to its contract. Subclass it in a test module and implement :meth:`make`::

        class TestMyProbe(ProbeContract):
            def make(self):
                return PROBE

    The samples that it compares are made up: short programs for held-out problems, and :attr:`answers` for the prompts
    that the probe asks.
    """

    answers: tuple[str, ...] = (
        'def add(a, b):\n    """Add two numbers."""\n    # of any kind\n    return a + b\n',
        "def add(a, b):\n    return a + b\n",
        "I'm sorry, I can't help with that.",
        "43",
    )
    """Answers to each prompt of the probe; it must be able to score some of them."""

    def make(self) -> Probe:
        """The probe under test."""
        raise NotImplementedError("implement `make`, or override the fixture `probe`")

    @pytest.fixture
    def probe(self) -> Probe:
        """The probe under test."""
        return self.make()

    def test_it_describes_itself(self, probe: Probe) -> None:
        assert probe.name
        assert probe.name == probe.name.strip()
        assert probe.quantity
        assert isinstance(probe.rule, Rule)
        assert probe.tolerance.key
        assert probe.tolerance.description.endswith(".")

    def test_its_default_tolerance_is_between_none_and_everything(self, probe: Probe) -> None:
        assert 0.0 < probe.tolerance.default < 1.0

    def test_its_outcome_is_named_after_it_and_has_its_rule(self, probe: Probe) -> None:
        outcome = self._compared(probe)
        assert (outcome.probe, outcome.rule) == (probe.name, probe.rule)
        assert outcome.quantity

    def test_a_model_compared_with_itself_has_not_drifted(self, probe: Probe) -> None:
        outcome = self._compared(probe)
        assert isinstance(outcome.drift, Estimate)
        assert outcome.drift.value == (1.0 if outcome.is_relative else 0.0)
        assert outcome.base == outcome.tuned
        assert outcome.status in (ProbeStatus.WITHIN, ProbeStatus.UNRESOLVED)

    def test_it_computes_the_same_outcome_twice(self, probe: Probe) -> None:
        assert self._compared(probe) == self._compared(probe)

    def test_its_drift_has_the_unit_of_its_tolerance_and_the_level_of_the_settings(self, probe: Probe) -> None:
        outcome = self._compared(probe)
        assert isinstance(outcome.drift, Estimate)
        relative = probe.tolerance.unit is ToleranceUnit.SHARE_OF_BASE
        assert outcome.is_relative == relative == (outcome.drift.unit == "ratio")
        absolute = "nats" if probe.tolerance.unit is ToleranceUnit.NATS else "difference"
        assert relative or outcome.drift.unit == absolute
        for each in (outcome.base, outcome.tuned, outcome.drift):
            assert isinstance(each, Estimate)
            assert each.level == SETTINGS.level

    @pytest.mark.parametrize("tolerance", [0.0, 0.3, 1.0])
    def test_it_is_judged_by_the_tolerance_of_the_settings(self, probe: Probe, tolerance: float) -> None:
        settings = Settings(tolerance=tolerance, level=0.9, largest_k=8)
        assert self._compared(probe, settings).tolerance == tolerance

    def test_without_samples_it_is_insufficient_with_a_reason(self, probe: Probe) -> None:
        outcome = probe.compare(_silent(), _silent(), SETTINGS)
        assert outcome.status is ProbeStatus.INSUFFICIENT
        assert isinstance(outcome.drift, Insufficient)
        assert outcome.drift.insufficient

    def test_any_text_is_compared(self, probe: Probe) -> None:
        """A degenerate model may repeat one letter up to its limit, or answer nothing."""
        texts = {name: ("x" * 200_000, "", "\x00\ud800", "```python\n" * 2000) for name in ("p0", "p1")}
        prompted = {asked: _answers(texts, truncated=True) for asked in _prompts_of(probe)}
        odd = ModelSamples(heldout=_answers(texts), counts=_counts(), prompted=prompted)
        outcome = probe.compare(odd, odd, SETTINGS)
        assert outcome.status in ProbeStatus
        if isinstance(outcome.drift, Estimate):
            assert math.isfinite(outcome.drift.value)

    def test_models_that_were_asked_different_prompts_are_not_compared(self, probe: Probe) -> None:
        with pytest.raises((ValueError, StudyError)):
            probe.compare(self._model(probe), _silent(), SETTINGS)

    def test_its_prompts_exist(self, probe: Probe) -> None:
        for prompt_set, kind in _prompts_of(probe):
            assert load_probe_set(prompt_set, EDITION).of_kind(kind)

    def _compared(self, probe: Probe, settings: Settings = SETTINGS) -> ProbeOutcome:
        return probe.compare(self._model(probe), self._model(probe), settings)

    def _model(self, probe: Probe) -> ModelSamples:
        """Samples of a made-up model, the same in every call."""
        heldout = _programs()
        prompted = {
            (prompt_set, kind): _answers({f"{kind}{n}": self.answers for n in range(12)})
            for prompt_set, kind in _prompts_of(probe)
        }
        apart = {name: _unmoved(name, number) for number, name in enumerate(heldout)}
        references = {name: (each, each) for number, name in enumerate(heldout) if (each := 1.0 + number / PROBLEMS)}
        return ModelSamples(
            heldout=_answers(heldout), counts=_counts(), prompted=prompted, apart=apart, references=references
        )


def _unmoved(name: str, number: int) -> Divergence:
    """A model that is as the base model is, on a completion of ten positions."""
    profile = TokenProfile(entropy=1.0 + number / PROBLEMS, locks=5, forks=2)
    return Divergence(problem_id=name, index=0, divergence=0.0, positions=10, base_profile=profile, profile=profile)


@cache
def _programs() -> Mapping[str, Sequence[str]]:
    """Made-up programs for held-out problems, which take longer to make than most probes to compare."""
    source = random.Random(1)  # noqa: S311 - no secrets
    return {f"p{n}": tuple(_program(source) for _ in range(SAMPLES)) for n in range(PROBLEMS)}


def _program(source: random.Random) -> str:
    names = [source.choice(["row", "total", "item", "name", "price", "count"]) for _ in range(12)]
    return "def f(x):\n" + "".join(f"    {name} = {i} + {source.randint(0, 99)}\n" for i, name in enumerate(names))


def _answers(texts: Mapping[str, Sequence[str]], *, truncated: bool = False) -> Answers:
    return {
        name: tuple(
            Answer(
                text=text,
                code=text,
                tokens=len(text) // 4,
                truncated=truncated,
                right="43" in text,
                passed=number < PASSED,
            )
            for number, text in enumerate(each)
        )
        for name, each in texts.items()
    }


def _counts() -> Counts:
    """The first samples of each problem pass."""
    return counts_from_columns([f"p{n}" for n in range(PROBLEMS)], [SAMPLES] * PROBLEMS, [PASSED] * PROBLEMS)


def _silent() -> ModelSamples:
    """A model that was asked nothing."""
    return ModelSamples(heldout={}, counts=_counts().select([]))


def _prompts_of(probe: Probe) -> list[tuple[str, str]]:
    """The prompt sets and kinds that the probe asks."""
    if probe.prompts is None:
        return []
    shipped = load_probe_set(probe.prompts.prompt_set, EDITION)
    kinds = probe.prompts.kinds or tuple(dict.fromkeys(each.kind for each in shipped.prompts))
    return [(shipped.name, kind) for kind in kinds]
