"""The contract of a verifier (:class:`passgap.arms.verifiers.Verifier`)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from passgap.arms.self_training.pool import PoolSamples, sample_pool
from passgap.arms.ssd_verified import ARM
from passgap.arms.verifiers import VERIFIERS, Scores, Verifier
from passgap.execution import SandboxExecutor
from passgap.study.lab import StudyLab
from passgap.study.run import splits_of
from passgap.testing.scripted_study import open_scripted_study

TESTS = 3
"""Of each problem; the last of them is hidden."""


class VerifierContract:
    """Holds a verifier to its contract. Subclass it in a test module and implement :meth:`make`::

        class TestMyVerifier(VerifierContract):
            def make(self):
                return VERIFIER

    The samples that it checks are a script's: Python functions of six problems, four of each, of which every second is
    right. The problems have three tests and a reference solution each.
    """

    def make(self) -> Verifier:
        """The verifier under test."""
        raise NotImplementedError("implement `make`, or override the fixture `verifier`")

    @pytest.fixture(scope="class")
    @classmethod
    def verifier(cls) -> Verifier:
        """The verifier under test."""
        return cls().make()

    @pytest.fixture(scope="class")
    @classmethod
    def sampled(
        cls, verifier: Verifier, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[Callable[[bool], tuple[StudyLab, PoolSamples]]]:
        """Samples the pool in a new folder; with ``True``, of problems whose hidden tests expect something else."""
        with pytest.MonkeyPatch.context() as patched:
            if VERIFIERS.get(verifier.name) is not verifier:
                patched.setattr(VERIFIERS, "_found", {**VERIFIERS, verifier.name: verifier})

            def sample(altered: bool) -> tuple[StudyLab, PoolSamples]:
                folder = tmp_path_factory.mktemp("verified")
                return _sampled(folder, verifier.name, altered=altered)

            yield sample

    @pytest.fixture(scope="class")
    @classmethod
    def checked(
        cls, verifier: Verifier, sampled: Callable[[bool], tuple[StudyLab, PoolSamples]]
    ) -> tuple[StudyLab, PoolSamples, Scores]:
        """The pool, and what the verifier says of it."""
        lab, pool = sampled(False)
        return lab, pool, verifier.verify(pool, lab)

    def test_it_describes_itself(self, verifier: Verifier) -> None:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", verifier.name)
        assert verifier.caption and verifier.source and verifier.rule
        assert json.loads(json.dumps(verifier.settings())) == verifier.settings()
        assert all(isinstance(each, str) and each for pair in verifier.versions().items() for each in pair)

    def test_every_sample_has_a_score_from_0_to_1_or_none(self, checked: tuple[StudyLab, PoolSamples, Scores]) -> None:
        _, pool, scores = checked
        assert len(scores.values) == len(pool.samples)
        known = [each for each in scores.values if each is not None]
        assert known, "no sample could be checked"
        assert all(0.0 <= each <= 1.0 for each in known)

    def test_a_second_check_does_nothing_and_says_the_same(
        self, verifier: Verifier, checked: tuple[StudyLab, PoolSamples, Scores], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lab, pool, scores = checked
        monkeypatch.setattr(SandboxExecutor, "run", None)
        again = verifier.verify(pool, lab)
        assert again.values == scores.values
        assert [cost.seconds for cost in again.costs] == [cost.seconds for cost in scores.costs]

    def test_its_costs_are_those_of_stages(self, checked: tuple[StudyLab, PoolSamples, Scores]) -> None:
        _, _, scores = checked
        assert all(cost.name.endswith("-results") and cost.seconds >= 0.0 for cost in scores.costs)

    def test_the_values_that_hidden_tests_expect_change_no_score(
        self,
        verifier: Verifier,
        checked: tuple[StudyLab, PoolSamples, Scores],
        sampled: Callable[[bool], tuple[StudyLab, PoolSamples]],
    ) -> None:
        """Hidden tests audit what a verifier accepts; one that knows their answers cannot be audited."""
        lab, pool = sampled(True)
        assert verifier.verify(pool, lab).values == checked[2].values

    def test_what_it_depends_on_is_registered(
        self, verifier: Verifier, checked: tuple[StudyLab, PoolSamples, Scores]
    ) -> None:
        lab, _, _ = checked
        recipe = ARM.registered(ARM.section_of(lab.spec), lab)
        assert recipe.settings["verifier"] == verifier.name
        assert recipe.settings["verifier_rule"] == verifier.rule
        assert recipe.settings["verifier_settings"] == verifier.settings()
        assert recipe.versions == verifier.versions()


def _sampled(folder: Path, verifier: str, *, altered: bool) -> tuple[StudyLab, PoolSamples]:
    opened = open_scripted_study(folder, {ARM.name: {"verifier": verifier}}, Counter())
    file = folder / "pool.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for number, row in enumerate(rows):
        name = row["entry_point"]
        expected = [number + x for x in range(TESTS)]
        if altered:
            expected[-1] += 1
        row["test"] = "\n".join(f"assert {name}({x}) == {value}" for x, value in enumerate(expected))
        row["reference"] = f"def {name}(x):\n    return x + {number}\n"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    context = opened._context
    lab = StudyLab(context, splits_of(context))
    return lab, sample_pool(lab, ARM.registered(ARM.section_of(context.spec), lab))
