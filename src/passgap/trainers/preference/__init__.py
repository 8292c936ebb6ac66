"""Preference optimisation: DPO and IPO on pairs of answers."""

from passgap.ports.preference_job import PreferenceJob, PreferenceResult
from passgap.trainers.base import TrainerEntry

TRAINER = TrainerEntry(
    job=PreferenceJob,
    result=PreferenceResult,
    shares=True,
    trainer="passgap.trainers.preference.trainer:PreferenceTrainer",
)
