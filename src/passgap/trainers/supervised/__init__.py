"""Supervised fine-tuning: cross-entropy on completions."""

from passgap.ports import SupervisedJob
from passgap.trainers.base import TrainerEntry

TRAINER = TrainerEntry(job=SupervisedJob, trainer="passgap.trainers.supervised.trainer:SupervisedTrainer")
