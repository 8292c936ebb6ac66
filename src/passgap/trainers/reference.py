"""The pass of the reference model over pairs that goes before preference optimisation."""

from passgap.ports.preference_job import ReferenceJob, ReferenceResult
from passgap.trainers.base import TrainerEntry

TRAINER = TrainerEntry(
    job=ReferenceJob,
    result=ReferenceResult,
    shares=True,
    trainer="passgap.trainers.preference.trainer:ReferencePass",
)
