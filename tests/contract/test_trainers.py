"""Every trainer keeps the contract, on a tiny real model."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("trl")

from passgap.ports import Trainer
from passgap.testing import PreferenceTrainerContract, RewardTrainerContract, TrainerContract
from passgap.trainers import TRAINERS, open_trainer


class TestSupervised(TrainerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def base(cls, tiny_model: Path) -> Path:
        return tiny_model

    def make(self) -> Trainer:
        return open_trainer("supervised", "cpu")


class TestPreference(PreferenceTrainerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def base(cls, tiny_model: Path) -> Path:
        return tiny_model

    def make(self) -> Trainer:
        return open_trainer("preference", "cpu")

    def make_reference(self) -> Trainer:
        return open_trainer("reference", "cpu")


class TestReward(RewardTrainerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def base(cls, tiny_model: Path) -> Path:
        return tiny_model

    def make(self) -> Trainer:
        return open_trainer("reward", "cpu")


CONTRACTS = {
    "supervised": TestSupervised,
    "preference": TestPreference,
    "reference": TestPreference,
    "reward": TestReward,
}
"""The suite that holds the trainer of each kind of job to its contract."""


def test_every_kind_of_job_has_its_contract() -> None:
    assert set(CONTRACTS) == set(TRAINERS)
