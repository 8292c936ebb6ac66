"""Supervised fine-tuning: cross-entropy on completions."""

from passgap.ports import SupervisedJob, SupervisedResult
from passgap.trainers.base import TrainerEntry

TRAINER = TrainerEntry(
    job=SupervisedJob,
    result=SupervisedResult,
    shares=True,
    trainer="passgap.trainers.supervised.trainer:SupervisedTrainer",
)
