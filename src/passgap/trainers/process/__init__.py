"""Fine-tunes in processes of their own: their memory is measured, and freed when they end or are killed."""

from passgap.trainers.process.exchange import ProcessOrder, ProcessOutcome
from passgap.trainers.process.trainer import ProcessTrainer

__all__ = ["ProcessOrder", "ProcessOutcome", "ProcessTrainer"]
