"""The stages of a study, one function each: ports in, artifacts out, resumable shard by shard."""

from passgap.stages.context import StageContext
from passgap.stages.costs import StageCost, cost_of, sum_costs
from passgap.stages.progress import ProgressReporter, Silent
from passgap.stages.sampling import SamplingPlan, sample, sampling_artifact
from passgap.stages.scoring import ScoringPlan, score, scoring_artifact
from passgap.stages.training import TrainingPlan, train, training_artifact

__all__ = [
    "ProgressReporter",
    "SamplingPlan",
    "ScoringPlan",
    "Silent",
    "StageContext",
    "StageCost",
    "TrainingPlan",
    "cost_of",
    "sample",
    "sampling_artifact",
    "score",
    "scoring_artifact",
    "sum_costs",
    "train",
    "training_artifact",
]
