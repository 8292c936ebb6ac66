"""Preference optimisation: DPO and IPO on pairs of answers."""

from passgap.ports.preference_job import PreferenceJob
from passgap.trainers.base import TrainerEntry

TRAINER = TrainerEntry(job=PreferenceJob, trainer="passgap.trainers.preference.trainer:PreferenceTrainer")
