"""Reinforcement learning with verifiable rewards: samples of the policy are run on the tests of their problems."""

from passgap.ports import RewardJob, RewardResult
from passgap.trainers.base import TrainerEntry

TRAINER = TrainerEntry(
    job=RewardJob,
    result=RewardResult,
    trainer="passgap.trainers.reward.trainer:RewardTrainer",
    shares=True,
)
